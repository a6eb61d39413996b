#compdef itmsctl
# Completion of itmsctl for zsh. To use it, in a folder of $fpath, before compinit runs:
#   itmsctl completion zsh > ~/.zfunc/_itmsctl
# A package puts it into /usr/share/zsh/vendor-completions/_itmsctl.
_itmsctl() {
    local line
    local -a lines values displays
    lines=("${(@f)$(_ITMSCTL_COMPLETE=complete_zsh _ITMSCTL_LINE="${(j: :)words[1,CURRENT]}" itmsctl 2>/dev/null)}")
    if [[ $lines[1] == files ]]; then
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        [[ -n $line ]] || continue
        values+=("${line%%$'\t'*}")
        displays+=("${line/$'\t'/  -- }")
    done
    (( $#values )) && compadd -l -d displays -a values
}
if [[ $funcstack[1] == _itmsctl ]]; then
    _itmsctl "$@"
else
    compdef _itmsctl itmsctl
fi

# Completion of itmsctl for bash. To use it:
#   itmsctl completion bash > ~/.local/share/bash-completion/completions/itmsctl
# A package puts it into /usr/share/bash-completion/completions/itmsctl.
_itmsctl() {
    local line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
    done < <(_ITMSCTL_COMPLETE=complete_bash _ITMSCTL_LINE="${COMP_LINE:0:COMP_POINT}" \
        _ITMSCTL_WORD="${COMP_WORDS[COMP_CWORD]}" "$1" 2>/dev/null)
    [[ $kind != files ]] || compopt -o default 2>/dev/null
}
complete -F _itmsctl itmsctl

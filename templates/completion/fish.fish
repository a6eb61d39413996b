# Completion of itmsctl for fish. To use it:
#   itmsctl completion fish > ~/.config/fish/completions/itmsctl.fish
# A package puts it into /usr/share/fish/vendor_completions.d/itmsctl.fish.
function __itmsctl_complete
    set -l typed (commandline -cp)
    set -l found (_ITMSCTL_COMPLETE=complete_fish _ITMSCTL_LINE="$typed" itmsctl 2>/dev/null)
    if test "$found[1]" = files
        __fish_complete_path (commandline -ct)
    else if test (count $found) -gt 1
        printf '%s\n' $found[2..-1]
    end
end
complete --command itmsctl --no-files --arguments '(__itmsctl_complete)'

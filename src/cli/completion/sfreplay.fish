# Completion of sfreplay for fish. Put it into ~/.config/fish/completions/sfreplay.fish, or load it with:
# sfreplay completion fish | source
function __sfreplay_complete
    set -l words (commandline -opc)
    set -l flag (string match -r -- '^--[a-z-]+=' (commandline -ct))
    for line in (command $words[1] __complete (commandline -cp) 2>/dev/null)
        if test "$line" = :files
            printf "$flag%s\n" (__fish_complete_path (string replace -- "$flag" '' (commandline -ct)))
        else
            echo $line
        end
    end
end
complete -c sfreplay -e
complete -c sfreplay -f -a '(__sfreplay_complete)'

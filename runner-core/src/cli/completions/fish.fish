# Completions of @PROGRAM@ for fish: @PROGRAM@ --completions fish | source

function _runner_@FUNCTION@
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    # As the program would see it, whether or not the closing quote is there yet.
    for quote in '' '"' "'"
        if set -l plain (string unescape -- "$current$quote")
            set current $plain
            break
        end
    end
    set -l found ($words[1] @COMPLETE@ $words[2..-1] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end

complete -c @PROGRAM@ -f -a '(_runner_@FUNCTION@)'

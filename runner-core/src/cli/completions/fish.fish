# Completions of @PROGRAM@ for fish: @PROGRAM@ --completions fish | source

function _runner_@FUNCTION@
    set -l words (commandline -opc) (commandline -ct)
    $words[1] @COMPLETE@ $words[2..-1] 2>/dev/null
end

complete -c @PROGRAM@ -a '(_runner_@FUNCTION@)'

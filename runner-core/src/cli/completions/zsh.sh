#compdef @PROGRAM@
# Completions of @PROGRAM@ for zsh: source <(@PROGRAM@ --completions zsh)

_runner_@FUNCTION@() {
    local line value
    local -a closed open
    for line in "${(@f)$("${words[1]}" @COMPLETE@ "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        value=${line%%$'\t'*}
        [[ -n $value ]] || continue
        if [[ $value == *= ]]; then open+=("$value"); else closed+=("$value"); fi
    done
    if (( ${#closed} + ${#open} == 0 )); then
        _files
        return
    fi
    (( ${#closed} )) && compadd -a closed
    (( ${#open} )) && compadd -S '' -a open
}

compdef _runner_@FUNCTION@ @PROGRAM@

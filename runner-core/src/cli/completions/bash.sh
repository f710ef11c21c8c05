# Completions of @PROGRAM@ for bash: source <(@PROGRAM@ --completions bash)

_runner_@FUNCTION@() {
    local words=() word line value glued=0 index
    # Bash takes words apart at = and :, which are put together again here.
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ ${#words[@]} -gt 0 && ( $glued == 1 || $word == [=:]* ) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == *[=:] ]] && glued=1 || glued=0
    done
    [[ ${#words[@]} -gt 0 ]] || words=("")
    local current=${words[-1]} cut=""
    # Without the quotes and backslashes that are typed before what is completed.
    current=${current//[\"\'\\]/}
    words[-1]=$current
    if [[ $current == *[=:]* && $COMP_WORDBREAKS == *=* ]]; then
        cut=${current%"${current##*[=:]}"}
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        value=${value#"$cut"}
        [[ $value == *= ]] && compopt -o nospace 2>/dev/null
        COMPREPLY+=("$(printf '%q' "$value")")
    done < <("${COMP_WORDS[0]}" @COMPLETE@ "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o default 2>/dev/null
    fi
}

complete -F _runner_@FUNCTION@ @PROGRAM@

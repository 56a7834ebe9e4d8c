# bash completion for certmapctl(1). Commands and options are those of the program's own help.

# The program as it was typed, with these arguments. ~/ is the only form that needs an expansion.
_certmapctl_run() {
    local program=${COMP_WORDS[0]}
    [[ ${program:0:2} == \~/ ]] && program=$HOME${program:1}
    "$program" "$@" 2>/dev/null
}

_certmapctl_commands() {
    _certmapctl_run --help | sed -n 's/^  \([a-z]\{1,\}\)  *[^ ].*/\1/p'
}

# Lines "--option ARGUMENT", or "--option", of a command's help.
_certmapctl_options() {
    _certmapctl_run "$1" --help |
        sed -n 's/^  \(--[a-z0-9-]*\)\( [^ ]*\)\{0,1\}  .*/\1\2/p'
}

# What the option $1 takes, as its command's options $2 call it; nothing for a flag.
_certmapctl_argument() {
    local name argument
    while read -r name argument; do
        [[ $name == "$1" ]] && printf '%s' "$argument"
    done <<< "$2"
}

# The words that the option $1 may have; FILE: a file's name; COMMAND: a program's.
_certmapctl_values() {
    case $1 in
        --by) echo sha256 spki issuer-serial email upn subject ;;
        --mapper) echo subject cn mail digest uid serial upn kpn ;;
        --clientname) echo CN DN ;;
        --account) echo dn CN UID emailAddress ;;
        --method) echo GET POST PUT DELETE OPTIONS PROPFIND ;;
        --days) echo 7 14 30 60 90 ;;
        --httpd) echo COMMAND ;;
        --has) echo FILE ;;
        *) [[ $2 == FILE || $2 == FOLDER ]] && echo FILE ;;
    esac
}

# Those of the values $2 that begin with $1.
_certmapctl_reply() {
    case $2 in
        FILE)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$1" | LC_ALL=C sort) ;;
        COMMAND) mapfile -t COMPREPLY < <(compgen -c -- "$1" | sort -u) ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1") ;;
    esac
}

# Operands between the command and the cursor, one a line.
_certmapctl_operands() {
    local word argument=''
    for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        if [[ $argument ]]; then
            [[ $word == = ]] || argument=''
        elif [[ $word == -?* ]]; then
            argument=$(_certmapctl_argument "$word" "$1")
        else
            printf '%s\n' "$word"
        fi
    done
}

_certmapctl() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]} options argument
    COMPREPLY=()
    if ((COMP_CWORD < 2)); then
        _certmapctl_reply "$current" "$(_certmapctl_commands) --help --version"
        return
    fi
    # "--option=value" is three words.
    if [[ $current == = ]]; then
        current=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    options=$(_certmapctl_options "$command")
    argument=$(_certmapctl_argument "$before" "$options")
    if [[ $argument ]]; then
        _certmapctl_reply "$current" "$(_certmapctl_values "$before" "$argument")"
    elif [[ $current == -?* ]]; then
        _certmapctl_reply "$current" "$(cut -d ' ' -f 1 <<< "$options") --help"
    elif [[ $command == import && -z $(_certmapctl_operands "$options") ]]; then
        _certmapctl_reply "$current" 'gridmap pg_ident pam_pkcs11 htpasswd-dn'
    else
        _certmapctl_reply "$current" FILE
    fi
}

complete -F _certmapctl certmapctl

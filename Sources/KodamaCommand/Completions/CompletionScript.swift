import ArgumentParser

/// The scripts that teach shells to complete `kodama`: those of ArgumentParser, with what they lack.
///
/// - bash: words that contain `=` or `:`, which Readline breaks there, are completed as a whole; candidates are taken
///   literally and quoted (`compgen -W` would expand what is in them, also commands); names of files are left to
///   Readline, which reads quotation marks and `~`; a word that goes on, such as `speaker=`, is not followed by a space;
///   no trap is left behind.
/// - zsh: the last of these; values of the form `--option=value`.
/// - fish: folders and files of some extensions are found behind `~` too.
enum CompletionScript {
  /// The option that prints a script.
  private static let option = "--generate-completion-script"

  /// The script that arguments of the program request; nil where they request none, or one of an unknown shell.
  static func requested(by arguments: [String]) -> String? {
    guard let first = arguments.first, first.hasPrefix(option) else { return nil }
    let names = first == option ? arguments.dropFirst().prefix(1) : [String(first.dropFirst(option.count + 1))]
    let shell = names.first.map { CompletionShell(rawValue: $0) } ?? CompletionShell.autodetected()
    return shell.map(text)
  }

  /// The script for a shell.
  static func text(for shell: CompletionShell) -> String {
    let script = KodamaCommand.completionScript(for: shell)
    switch shell {
    case .bash: return script + "\n" + bash
    case .fish: return script.replacing(fishFiles) { "'(__kodama_complete_files \($0.extension))'" } + "\n" + fish
    default:
      // Definitions must stand before the line that calls the first function.
      let script = script.split(separator: "\n", omittingEmptySubsequences: false).map { withEquals(String($0)) }
        .joined(separator: "\n")
      guard let start = script.range(of: "if [[ \"${funcstack[1]}\"", options: .backwards) else { return script }
      return script[..<start.lowerBound] + zsh + "\n" + script[start.lowerBound...]
    }
  }

  /// A line of zsh's script, which lets a value follow its option after `=` too where it specifies an option with one:
  /// `'--seed[…]:seed:'` becomes `'--seed=[…]:seed:'`.
  private static func withEquals(_ line: String) -> String {
    guard let option = line.firstMatch(of: /^ *'(?:\*|\([^)]*\)'\{-\w,)?--[\w-]+/), line.contains(/[^\\]\]:/) else {
      return line
    }
    return line[..<option.range.upperBound] + "=" + line[option.range.upperBound...]
  }

  private static let bash = #"""

    __kodama_add_completions() {
        local candidate
        case "${1}" in
        -f) __kodama_option default || COMPREPLY+=($(compgen -f -- "${cur}")) ;;
        -d) __kodama_option dirnames || COMPREPLY+=($(compgen -d -- "${cur}")) ;;
        -o)
            # Files of some extensions, and folders. Readline quotes them; where the word is quoted it lists all files.
            if [[ "${cur}" = *[\"\'\\]* ]]; then
                __kodama_option default
            elif __kodama_option filenames; then
                names=true
                while IFS='' read -r candidate; do COMPREPLY+=("${candidate}"); done < <(compgen "${@}" -- "${cur}")
            fi
            ;;
        *)
            while IFS='' read -r candidate; do
                if [[ -n "${candidate}" && "${candidate}" = "${cur}"* ]]; then COMPREPLY+=("${candidate}"); fi
            done <<< "${2}"
            ;;
        esac
    }

    # bash has compopt from version 4 on.
    __kodama_option() { type compopt > /dev/null 2>&1 && compopt -o "${1}"; }

    __kodama_words() {
        # Words as the shell takes them: Readline also breaks them at some characters.
        local -a words=()
        local -i i start=0 position=0 last=-1
        local rest="${COMP_LINE}" spaces
        for ((i = 0; i <= COMP_CWORD; i++)); do
            spaces="${rest%%[![:space:]]*}"
            position+="${#spaces}"
            rest="${rest:${#spaces}}"
            if [[ "${i}" -eq 0 || -n "${spaces}" || -z "${COMP_WORDS[i]}" ]]; then
                last+=1
                start="${position}"
                words[last]="${COMP_WORDS[i]}"
            else
                words[last]+="${COMP_WORDS[i]}"
            fi
            position+="${#COMP_WORDS[i]}"
            rest="${rest:${#COMP_WORDS[i]}}"
        done
        local cur="${COMP_LINE:start:COMP_POINT - start}"
        words[last]="${cur}"

        # The shell would expand it.
        if [[ "${words[0]}" = '~/'* ]]; then words[0]="${HOME}${words[0]:1}"; fi

        # What Readline keeps of the word: what stands before the last of these characters.
        local breaks='' lead=''
        if [[ "${COMP_WORDBREAKS}" = *'='* ]]; then breaks+='='; fi
        if [[ "${COMP_WORDBREAKS}" = *':'* ]]; then breaks+=':'; fi
        if [[ -n "${breaks}" ]]; then lead="${cur%"${cur##*["${breaks}"]}"}"; fi

        # --option=value is --option and value.
        local option=''
        if [[ "${cur}" = --*=* ]]; then
            option="${cur%%=*}="
            words[last]="${option%=}"
            last+=1
            words[last]="${cur#*=}"
        fi

        local -a COMP_WORDS=("${words[@]}")
        local -i COMP_CWORD="${last}"
        local names=false
        COMPREPLY=()
        _kodama "${words[0]}" "${words[last]}" "${words[last - 1]}"
        # It sets a trap, which would stay, and change the options of the shell after every file that is sourced.
        trap - RETURN
        if "${names}"; then
            # What stands before the value is not of the name, so that Readline finds the file.
            COMPREPLY=("${COMPREPLY[@]#"${lead#"${option}"}"}")
            return
        fi

        if [[ "${#COMPREPLY[@]}" -eq 1 && "${COMPREPLY[0]}" = *[=,:/] ]]; then __kodama_option nospace; fi
        for i in "${!COMPREPLY[@]}"; do
            local reply="${option}${COMPREPLY[i]}"
            reply="${reply#"${lead}"}"
            if [[ "${reply}" = *[!A-Za-z0-9_.=,:/+@%-]* ]]; then printf -v reply '%q' "${reply}"; fi
            COMPREPLY[i]="${reply}"
        done
    }

    complete -F __kodama_words kodama
    """#

  private static let zsh = #"""
    __kodama_complete() {
        local -ar unfinished=("${(M)@:#*[=,/](|:*)}")
        local -ar finished=("${@:#(|:*|*[=,/](|:*))}")
        local -ar empty=("${(M)@:#(|:*)}")
        _describe -V '' finished -- unfinished -S '' -- empty -P $'\'\''
    }

    """#

  /// What ArgumentParser's script lists for files of an extension.
  private static var fishFiles: Regex<(Substring, extension: Substring)> {
    /'\(for p in \(string match .* printf \\n\)\*\.\\'(?<extension>\w+)\\';.*__fish_complete_directories .*\)'/
  }

  private static let fish = #"""
    function __kodama_complete_directories
        __fish_complete_directories (commandline -ct) ''
    end
    function __kodama_complete_files
        complete -C "__fish_command_without_completions "(commandline -ct) | string match -r -- "^.*(?:/|\\.$argv)\$"
    end
    """#
}

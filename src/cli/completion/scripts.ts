import type { Shell } from "./options.ts";

// Each script asks `sensorbake complete -- WORD...`, which prints one candidate per line, and `:files` if names of files
// are candidates, too.

const bash = `_sensorbake() {
  local IFS=$'\\n' found
  found="$(sensorbake complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  COMPREPLY=($(compgen -W "\${found//:files/}" -- "\${COMP_WORDS[COMP_CWORD]}"))
  if [[ $'\\n'"\${found}"$'\\n' == *$'\\n:files\\n'* ]]; then
    compopt -o filenames
    COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -F _sensorbake sensorbake
`;

const zsh = `#compdef sensorbake
_sensorbake() {
  local -a found
  found=("\${(@f)$(sensorbake complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${found[(Ie):files]} )); then _files; fi
  found=(\${found:#:files})
  (( \${#found} )) && compadd -- $found
}
if [[ $funcstack[1] == _sensorbake ]]; then _sensorbake "$@"; else compdef _sensorbake sensorbake; fi
`;

const fish = `function __sensorbake_candidates
  set --local words (commandline --tokenize --cut-at-cursor) (commandline --current-token --cut-at-cursor)
  set --local token (commandline --current-token --cut-at-cursor)
  for candidate in (sensorbake complete -- $words[2..-1] 2>/dev/null)
    if test $candidate = :files
      __fish_complete_path $token
    else
      echo $candidate
    end
  end
end
complete --command sensorbake --no-files --arguments '(__sensorbake_candidates)'
`;

const powershell = `Register-ArgumentCompleter -Native -CommandName sensorbake -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  sensorbake complete -- @words $wordToComplete 2>$null | ForEach-Object {
    if ($_ -eq ':files') { [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) }
    else { [System.Management.Automation.CompletionResult]::new($_) }
  }
}
`;

/** The completion script of each shell. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };

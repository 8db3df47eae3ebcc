namespace Ferry.Cli.Commands.Completion;

/// <summary>
/// The scripts. Each asks <c>ferry completion words</c> with the line up to the cursor, so they never need to change when an option comes;
/// where ferry knows nothing, the shell's own file names are offered.
/// </summary>
internal static class CompletionScripts
{
    public static readonly IReadOnlyList<string> Shells = ["bash", "zsh", "fish", "pwsh"];

    private const string Bash =
        """
        # ferry's completion for bash: source <(ferry completion bash)
        _ferry() {
            local word=${COMP_WORDS[COMP_CWORD]}
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" completion words -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _ferry ferry
        """;

    private const string Zsh =
        """
        #compdef ferry
        # ferry's completion for zsh: source <(ferry completion zsh), or put this into a file _ferry in $fpath
        _ferry() {
            local -a candidates
            candidates=("${(@f)$("${words[1]}" completion words -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
            candidates=(${candidates:#})
            if (( ${#candidates} )); then compadd -a candidates; fi
            _files
        }
        if [ "$funcstack[1]" = "_ferry" ]; then _ferry "$@"; else compdef _ferry ferry; fi
        """;

    private const string Fish =
        """
        # ferry's completion for fish: ferry completion fish > ~/.config/fish/completions/ferry.fish
        complete -c ferry -a '(ferry completion words -- (commandline -cp) 2>/dev/null)'
        """;

    private const string PowerShell =
        """
        # ferry's completion for PowerShell: ferry completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName ferry -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString()
            $line = $line.PadRight($cursorPosition).Substring(0, [Math]::Min($cursorPosition, $line.PadRight($cursorPosition).Length))
            ferry completion words '--' $line 2>$null | Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    /// <summary>The script for one of <see cref="Shells"/>.</summary>
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => PowerShell,
        _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, "no such shell"),
    };
}

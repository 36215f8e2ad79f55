using System.CommandLine;

namespace Nico.Host.CommandLine;

/// <summary>
/// A secret that a verb is given: from a file, from standard input (<c>-</c>) or from the environment. On the command line it works too, but
/// every account of the machine can read it in the list of processes.
/// </summary>
internal sealed class GivenToken
{
    private readonly Option<string?> _text;
    private readonly Option<string?> _file;
    private readonly string _variable;

    public GivenToken(string name, string what, string variable)
    {
        _variable = variable;
        _text = new Option<string?>(name) { Description = $"{what}. Others can see it in the list of processes: better {name}-file, or the variable {variable}.", HelpName = "TOKEN" };
        _file = new Option<string?>(name + "-file") { Description = "File with it; - for standard input.", HelpName = "FILE" };
    }

    /// <summary>The options of the verb.</summary>
    public IEnumerable<Option> Options => [_text, _file];

    /// <summary>The token; null when none is given.</summary>
    public string? Value(ParseResult line)
    {
        if (line.GetValue(_text) is { } text)
        {
            Console.Error.WriteLine($"{_text.Name} on the command line can be read by every account of this machine: use {_file.Name} or {_variable}");
            return text;
        }

        try
        {
            return line.GetValue(_file) switch
            {
                "-" => Console.In.ReadLine()?.Trim(),
                { } file => File.ReadAllText(file).Trim(),
                null => Environment.GetEnvironmentVariable(_variable) is { Length: > 0 } set ? set : null,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationProblem($"{_file.Name}: {e.Message}");
        }
    }
}

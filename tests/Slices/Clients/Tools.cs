using System.Diagnostics;
using Xunit;

namespace Nico.Tests.Slices.Clients;

/// <summary>Programs that make clients, run in a folder of their own that goes with the tests.</summary>
internal static class Tools
{
    private static readonly string[] _away = ["ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "NU1301"];

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Path.GetDirectoryName(Above("Nico.sln"))!;

    /// <summary>The files of this folder, copied to a new one.</summary>
    public static string Copy(string folder)
    {
        var copy = Directory.CreateTempSubdirectory("nico-client-").FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, "tests", "Slices", "Clients", folder)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary>True when the program is there.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Fetches packages; false when their source cannot be reached.</summary>
    public static async Task<bool> Fetch(string folder, string program, params string[] arguments)
    {
        var (code, said) = await Start(folder, null, program, arguments);
        if (code != 0 && _away.Any(sign => said.Contains(sign, StringComparison.Ordinal)))
        {
            return false;
        }

        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {said}");
        return true;
    }

    /// <summary>What the program says; a failure of it is one of the test.</summary>
    public static async Task<string> Run(string folder, IReadOnlyDictionary<string, string>? environment, string program, params string[] arguments)
    {
        var (code, said) = await Start(folder, environment, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {said}");
        return said;
    }

    private static async Task<(int Code, string Said)> Start(string folder, IReadOnlyDictionary<string, string>? environment, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>A contract; null where it is not at hand.</summary>
    public static string? Contract(string name) => Above(Path.Combine("shared", "contract", name));

    private static string? Above(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, file)))
            {
                return Path.Combine(folder.FullName, file);
            }
        }

        return null;
    }
}

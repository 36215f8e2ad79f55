using System.Diagnostics;

namespace Nico.Host.Database;

/// <summary>Where PostgreSQL's server programs (initdb, pg_ctl, postgres) are on this machine.</summary>
internal static class PostgresBinaries
{
    private static readonly string[] _roots = ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/usr/libexec/postgresql"];
    private static readonly string[] _folders = ["/usr/local/pgsql/bin", "/usr/libexec/postgresql", "/opt/homebrew/bin"];

    /// <summary>The folder of the programs, newest version first; null when there is none.</summary>
    public static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(_roots.Where(Directory.Exists).SelectMany(root => Directory.GetDirectories(root).OrderByDescending(VersionOf)).Select(v => Path.Combine(v, "bin")))
        .Concat(Directory.Exists("/usr") ? Directory.GetDirectories("/usr", "pgsql-*").OrderByDescending(VersionOf).Select(v => Path.Combine(v, "bin")) : [])
        .Concat(_folders)
        .FirstOrDefault(IsComplete);

    /// <summary>The folder of the programs; installs the distribution's package when there is none and this is root on Debian or Ubuntu.</summary>
    /// <exception cref="ConfigurationProblem">There are none and none can be installed; the message says what to do.</exception>
    public static string FindOrInstall(Action<string> say)
    {
        if (Find() is { } found)
        {
            return found;
        }

        if (Environment.IsPrivilegedProcess && File.Exists("/usr/bin/apt-get"))
        {
            say("Installing PostgreSQL (package postgresql) ...");
            Install();
        }

        return Find() ?? throw new ConfigurationProblem(
            "PostgreSQL's server is not on this machine: install the package postgresql (on Debian and Ubuntu: apt-get install postgresql), or set ConnectionStrings__Nico to a database.");
    }

    private static void Install()
    {
        Apt("update", "-q");
        Apt("install", "-y", "-q", "--no-install-recommends", "postgresql-common");

        // The package would make and start a server of its own, which nobody asked for.
        const string Settings = "/etc/postgresql-common/createcluster.conf";
        if (File.Exists(Settings))
        {
            File.AppendAllText(Settings, "\ncreate_main_cluster = false\n");
        }

        Apt("install", "-y", "-q", "--no-install-recommends", "postgresql");
    }

    private static void Apt(params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/apt-get", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var apt = Process.Start(start)!;
        var errors = apt.StandardError.ReadToEndAsync();
        apt.StandardOutput.ReadToEnd();
        apt.WaitForExit();
        if (apt.ExitCode != 0)
        {
            throw new ConfigurationProblem($"PostgreSQL could not be installed: apt-get {arguments[0]} failed: {errors.Result.Trim()}");
        }
    }

    private static bool IsComplete(string folder) =>
        folder.Length > 0 && new[] { "initdb", "pg_ctl", "postgres" }.All(program => File.Exists(Path.Combine(folder, program)));

    private static double VersionOf(string folder) =>
        double.TryParse(Path.GetFileName(folder).Replace("pgsql-", "", StringComparison.Ordinal), out var version) ? version : 0;
}

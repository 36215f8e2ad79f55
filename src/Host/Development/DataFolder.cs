using System.Runtime.InteropServices;

namespace Nico.Host.Development;

/// <summary>Where the embedded default keeps its state: PostgreSQL, the simulated site, the development issuer's key, the keys of secrets.</summary>
internal sealed class DataFolder
{
    private DataFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>A private PostgreSQL's files.</summary>
    public string Postgres => System.IO.Path.Combine(Path, "postgres");

    /// <summary>The state of the simulated site <paramref name="site"/>.</summary>
    public string Simulator(string site) => System.IO.Path.Combine(Path, "simulator", site);

    /// <summary>Where the token of a simulated site's control endpoint is.</summary>
    public static string ControlToken(string simulator) => System.IO.Path.Combine(simulator, "control-token");

    /// <summary>The development issuer's private key.</summary>
    public string IssuerKey => System.IO.Path.Combine(Path, "issuer-key.pem");

    /// <summary>The keys that secrets are sealed with, unless the configuration names another folder.</summary>
    public string Keys => System.IO.Path.Combine(Path, "keys");

    /// <summary>Where the running service writes its address, for the commands that talk to it.</summary>
    public string Address => System.IO.Path.Combine(Path, "address");

    /// <summary>
    /// Opens (and makes) <paramref name="path"/>; by default <c>nico</c> in the user's state directory, or in <c>/var/lib</c> for
    /// root, whose own home PostgreSQL's account could not enter.
    /// </summary>
    public static DataFolder Open(string? path)
    {
        var full = System.IO.Path.GetFullPath(path ?? Default());
        try
        {
            // PostgreSQL may run as an account of its own, which has to pass through.
            Directory.CreateDirectory(full, Guarded.OwnFile | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            Guarded.Require(full);
            return new DataFolder(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationProblem($"The data folder {full} cannot be made: {e.Message}");
        }
    }

    /// <summary>Takes the folder for this process until it ends, however it ends; the address of the one that has it, if another has.</summary>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, "lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = Guarded.OwnFile,
            });
        }
        catch (IOException)
        {
            var where = File.Exists(Address) ? " at " + File.ReadLines(Address).FirstOrDefault() : "";
            throw new ConfigurationProblem($"Nico is already running on {Path}{where}: stop it first, or choose another folder with --data");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ConfigurationProblem($"The data folder {Path} cannot be used: {e.Message}");
        }
    }

    /// <summary>True while a process has the folder: the address of one that was killed is still there, its lock is not.</summary>
    public bool IsInUse()
    {
        try
        {
            using var taken = new FileStream(System.IO.Path.Combine(Path, "lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static string Default()
    {
        if (Environment.IsPrivilegedProcess && RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
        {
            return "/var/lib/nico";
        }

        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return System.IO.Path.Combine(
            string.IsNullOrEmpty(state) ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state") : state,
            "nico");
    }
}

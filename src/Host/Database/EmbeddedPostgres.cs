using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Nico.Host.Database;

/// <summary>
/// A private PostgreSQL under the data folder: reached by a unix socket in a folder that only its owner may enter, no TCP, and
/// never run as root. One process owns it at a time (the data folder's lock says which).
/// </summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string DatabaseUser = "nico";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _watch = TimeSpan.FromSeconds(1);

    private readonly string _binaries;
    private readonly string _cluster;
    private readonly string _socket;
    private readonly string _account;
    private readonly bool _durable;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    private EmbeddedPostgres(string binaries, string folder, bool durable)
    {
        _binaries = binaries;
        _cluster = Path.Combine(folder, "cluster");
        _socket = SocketFolder(folder);
        _account = Environment.IsPrivilegedProcess ? UnprivilegedAccount() : Environment.UserName;
        _durable = durable;
    }

    /// <summary>Connects to <paramref name="database"/> of this server.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _socket,
        Username = DatabaseUser,
        Database = database,
        MaxPoolSize = 60,
        Timeout = 10,
    }.ConnectionString;

    /// <summary>Makes the server if need be, starts it, or takes over one that a killed process left behind.</summary>
    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="durable">False lets it skip waiting for the disk: for tests, which never lose power.</param>
    /// <param name="say">Told what takes long.</param>
    public static async Task<EmbeddedPostgres> Start(string folder, bool durable, Action<string> say, CancellationToken ct)
    {
        var postgres = new EmbeddedPostgres(PostgresBinaries.FindOrInstall(say), folder, durable);
        await postgres.Make(folder, say, ct);
        await postgres.Run(ct);
        postgres._watching = postgres.Watch();
        return postgres;
    }

    /// <summary>Makes <paramref name="name"/> unless it exists, as a copy of <paramref name="template"/> when one is given.</summary>
    public async Task EnsureDatabase(string name, CancellationToken ct, string? template = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync(ct);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(ct) is null)
        {
            await using var create = new NpgsqlCommand($"create database \"{name}\" template \"{template ?? "template0"}\"", connection);
            await create.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>Stops the server: open work is rolled back, everything committed stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
        NpgsqlConnection.ClearAllPools();
        await Program("pg_ctl", CancellationToken.None, "stop", "-D", _cluster, "-m", "fast", "-w", "-s");
    }

    private async Task Make(string folder, Action<string> say, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        Own(folder);
        Directory.CreateDirectory(_socket);
        Own(_socket);
        if (File.Exists(Path.Combine(_cluster, "PG_VERSION")))
        {
            return;
        }

        say("Making a private PostgreSQL ...");
        await RequireReach(folder, ct);

        // What an interrupted attempt left is of no use: the cluster gets its name once it is whole.
        var unfinished = _cluster + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        string[] arguments = ["-D", unfinished, "-U", DatabaseUser, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"];
        var (status, output) = await Program("initdb", ct, _durable ? arguments : [.. arguments, "--no-sync"]);
        if (status != 0)
        {
            throw new ConfigurationProblem("The private PostgreSQL could not be made: " + output.Trim());
        }

        Directory.Move(unfinished, _cluster);
    }

    private async Task Run(CancellationToken ct)
    {
        var deadline = DateTime.UtcNow + _patience;
        var output = "";
        while (DateTime.UtcNow < deadline)
        {
            if (await Answers(ct))
            {
                return;
            }

            // "Already running" may be a server that is just going down, or one that hangs: asked again until it answers.
            (_, output) = await Program("pg_ctl", ct, [.. StartArguments()]);
            if (!await Answers(ct))
            {
                ForgetStalePid();
                await Task.Delay(200, ct);
            }
        }

        throw new ConfigurationProblem($"The private PostgreSQL in {_cluster} does not start: {output.Trim()} (its log is {LogFile})");
    }

    private string LogFile => Path.Combine(Path.GetDirectoryName(_cluster)!, "postgres.log");

    private IEnumerable<string> StartArguments()
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "",
            ["unix_socket_directories"] = _socket,
            ["unix_socket_permissions"] = "0700",
            ["max_connections"] = _durable ? "100" : "400",
            ["shared_buffers"] = "64MB",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["jit"] = "off",
        };
        if (!_durable)
        {
            settings["fsync"] = "off";
        }

        return ["start", "-D", _cluster, "-w", "-s", "-t", "20", "-l", LogFile, "-o", string.Join(' ', settings.Select(s => $"-c {s.Key}='{s.Value}'"))];
    }

    private async Task<bool> Answers(CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false;Timeout=5");
            await connection.OpenAsync(ct);
            await using var which = new NpgsqlCommand("show data_directory", connection);
            return Path.GetFullPath((string)(await which.ExecuteScalarAsync(ct))!) == Path.GetFullPath(_cluster);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    /// <summary>A pid file that names a process which is no PostgreSQL would keep the server from starting for ever.</summary>
    private void ForgetStalePid()
    {
        if (PidInFile() is { } pid && File.Exists($"/proc/{pid}/comm") && File.ReadAllText($"/proc/{pid}/comm").Trim() != "postgres")
        {
            File.Delete(PidFile);
        }
    }

    /// <summary>Starts the server again when it dies under the running service.</summary>
    private async Task Watch()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_watch, _stopping.Token);
                if (!IsAlive())
                {
                    await Program("pg_ctl", _stopping.Token, [.. StartArguments()]);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private bool IsAlive() => PidInFile() is { } pid && Directory.Exists($"/proc/{pid}");

    private int? PidInFile()
    {
        try
        {
            return int.TryParse(File.ReadLines(PidFile).FirstOrDefault(), out var pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private string PidFile => Path.Combine(_cluster, "postmaster.pid");

    /// <summary>Gives <paramref name="folder"/> to the account that the server runs as, for nobody else to enter.</summary>
    internal void Own(string folder)
    {
        if (Environment.IsPrivilegedProcess)
        {
            Execute("chown", _account, folder);
        }

        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The unprivileged account must be able to reach the folder: root's home, for one, is closed to it.</summary>
    private async Task RequireReach(string folder, CancellationToken ct)
    {
        if (Environment.IsPrivilegedProcess && (await Execute("setpriv", ct, [.. Privileges(), "test", "-w", folder])).Status != 0)
        {
            throw new ConfigurationProblem(
                $"PostgreSQL runs as the account {_account}, which cannot reach {folder}: choose another folder with --data, such as /var/lib/nico");
        }
    }

    /// <summary>Runs one of PostgreSQL's programs as the account that the server runs as.</summary>
    internal Task<(int Status, string Output)> Program(string name, CancellationToken ct, params string[] arguments)
    {
        var path = Path.Combine(_binaries, name);
        return Environment.IsPrivilegedProcess
            ? Execute("setpriv", ct, [.. Privileges(), path, .. arguments])
            : Execute(path, ct, arguments);
    }

    private string[] Privileges() => [$"--reuid={_account}", $"--regid={GroupOf(_account)}", "--clear-groups", "--"];

    private static async Task<(int Status, string Output)> Execute(string program, CancellationToken ct, params string[] arguments)
    {
        // Output goes to a file: a server that outlives its starter would keep a pipe open, and the reader waiting.
        var log = Path.GetTempFileName();
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                File.SetUnixFileMode(log, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
            }

            var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments])
            {
                WorkingDirectory = "/",
            };
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await File.ReadAllTextAsync(log, ct));
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static void Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
    }

    private static string UnprivilegedAccount() =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).Contains("postgres") ? "postgres" : "nobody";

    private static string GroupOf(string account) =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == account)[3];

    /// <summary>A socket's path may have about 100 bytes: a deep data folder gets a short one elsewhere.</summary>
    private static string SocketFolder(string folder)
    {
        var inside = Path.Combine(folder, "socket");
        return Encoding.UTF8.GetByteCount(inside) <= 80
            ? inside
            : Path.Combine(Path.GetTempPath(), "nico-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16]);
    }
}

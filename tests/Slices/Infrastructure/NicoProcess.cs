using System.Diagnostics;
using System.Text.RegularExpressions;
using Nico.Host.Development;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>
/// A Nico as a process of its own, on a data folder of its own with the embedded PostgreSQL, which a test kills and starts again.
/// Its sites are those of the test.
/// </summary>
internal sealed partial class NicoProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-process-");
    private readonly Dictionary<string, string> _environment;
    private readonly string _org;
    private readonly List<string> _output = [];
    private Process _process = null!;
    private HttpClient _http = null!;

    private NicoProcess(string org, TestSite[] sites, IReadOnlyDictionary<string, string> settings)
    {
        _org = org;
        _environment = new(settings);
        for (var i = 0; i < sites.Length; i++)
        {
            _environment[$"Sites__{i}__Name"] = sites[i].Name;
            _environment[$"Sites__{i}__Org"] = org;
            _environment[$"Sites__{i}__Core"] = sites[i].Simulated.Core.ToString();
        }

        // PostgreSQL may run as an account of its own, which has to pass through here.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
    }

    /// <summary>A service account of the org.</summary>
    public ApiClient Client { get; private set; } = null!;

    /// <summary>Where its private PostgreSQL's socket is.</summary>
    public string ConnectionString => $"Host={Path.Combine(_folder.FullName, "postgres", "socket")};Username=nico;Database=nico;Pooling=false";

    public static async Task<NicoProcess> Start(string org, TestSite[] sites, IReadOnlyDictionary<string, string>? settings = null)
    {
        var nico = new NicoProcess(org, sites, settings ?? new Dictionary<string, string>());
        await nico.Start();
        return nico;
    }

    /// <summary>Starts it, again after a <see cref="Kill"/>; returns once it is ready.</summary>
    public async Task Start()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "nico.dll"), "run", "--data", _folder.FullName])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in _environment)
        {
            start.Environment[key] = value;
        }

        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Http__Port"] = "0";
        start.Environment["Http__MetricsPort"] = "0";
        foreach (var limit in new[] { "RequestsPerSecond", "Burst", "Concurrent", "SharedConcurrency" })
        {
            start.Environment.TryAdd("Limits__" + limit, "1000000");
        }

        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Heard(line.Data, address);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data, address);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            _http = new HttpClient { BaseAddress = await address.Task.WaitAsync(TimeSpan.FromSeconds(60)), Timeout = TimeSpan.FromMinutes(2) };
        }
        catch (TimeoutException)
        {
            Assert.Fail("it does not start:\n" + string.Join('\n', _output));
        }

        Assert.NotEqual(8388, _http.BaseAddress!.Port);
        var token = DevelopmentIssuer.Open(Path.Combine(_folder.FullName, "issuer-key.pem"))
            .Sign(_org, [], $"{_org}-service-account", serviceAccount: true, TimeSpan.FromHours(1), DateTimeOffset.UtcNow);
        Client = new ApiClient(_http, OpenApiCheck.Of(await _http.GetStringAsync("/openapi/v2.json")), _org, token);
        (await Client.Get("service-account/current")).Is(200);
    }

    /// <summary>What another command says about the data folder.</summary>
    public async Task<string> Says(string command)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "nico.dll"), command, "--data", _folder.FullName])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
        return said;
    }

    /// <summary>Ends it at once, as a crash does; its PostgreSQL stays behind.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _http.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process.HasExited)
        {
            // What it left behind is taken over once more, to be stopped.
            await Start();
        }

        using (var term = Process.Start("kill", ["-TERM", _process.Id.ToString()]))
        {
            await term.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Heard(string? line, TaskCompletionSource<Uri> address)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
        }

        if (Listening().Match(line) is { Success: true } match)
        {
            address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex(@"^  Nico \S+   (http://\S+)   \(ready")]
    private static partial Regex Listening();
}

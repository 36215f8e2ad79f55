using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nico.Tests.Slices.Edge;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>
/// The real program as a process of its own, one of any number that share a database and a configured site; it embeds nothing.
/// A test kills it and starts it again.
/// </summary>
internal sealed partial class Replica(string connectionString, TestIssuer issuer, string jwks, string org, string siteName, Uri site, IReadOnlyDictionary<string, string>? settings = null)
    : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private Process? _process;
    private int? _child;
    private string _address = "";
    private string _operator = "";

    /// <summary>Starts it; <paramref name="inBackground"/>: from a script, which waits for it and says how it ended.</summary>
    public async Task Start(bool inBackground = false)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "nico.dll");
        var start = inBackground
            ? new ProcessStartInfo("sh", ["-c", "dotnet \"$0\" serve & echo \"process $!\"; wait $!", program])
            : new ProcessStartInfo("dotnet", [program, "serve"]);
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = Path.GetTempPath();
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["ConnectionStrings__Nico"] = connectionString,
            ["Env__Disconnected"] = "true",
            ["Secrets__Keys"] = TestHost.Keys,
            ["Http__Port"] = "0",
            ["Http__MetricsPort"] = "0",
            ["Issuers__0__Name"] = issuer.Name,
            ["Issuers__0__Issuer"] = issuer.Uri,
            ["Issuers__0__Jwks"] = jwks,
            ["Issuers__0__ClaimMappings__0__OrgName"] = org,
            ["Issuers__0__ClaimMappings__0__IsServiceAccount"] = "true",
            ["Sites__0__Name"] = siteName,
            ["Sites__0__Org"] = org,
            ["Sites__0__Core"] = site.ToString(),
            ["SiteLink__InventoryPeriod"] = "00:00:00.500",
            ["SiteLink__DeleteAgain"] = "00:00:01",
            ["SiteLink__Lease"] = "00:00:01",
            ["SiteLink__RequestWait"] = "00:00:01",
            ["Logging__LogLevel__Default"] = "None",
        }.Concat(settings ?? new Dictionary<string, string>()))
        {
            start.Environment[key] = value;
        }

        foreach (var limit in new[] { "RequestsPerSecond", "Burst", "Concurrent", "SharedConcurrency" })
        {
            start.Environment.TryAdd("Limits__" + limit, "1000000");
        }

        _process = Process.Start(start)!;
        _child = null;
        string? line;
        do
        {
            line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.True(line is not null, "the process ended before it listened");
            _child = line.StartsWith("process ", StringComparison.Ordinal) ? int.Parse(line["process ".Length..]) : _child;
        }
        while (!line.Contains(" listens at ", StringComparison.Ordinal));
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var addresses = Address().Matches(line);
        _address = addresses[0].Value;
        _operator = addresses[^1].Value;
    }

    /// <summary>Sends a signal, such as <c>STOP</c>, after which it stands still until <c>CONT</c>.</summary>
    public async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", (_child ?? _process!.Id).ToString()]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits until it has ended by itself; its exit status.</summary>
    public async Task<int> Ended(double seconds = 60)
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>The status of the answer; null when the process died before it gave one.</summary>
    public async Task<int?> Try(HttpMethod method, string path, JsonObject? body) => (await Ask(method, path, body)).Status;

    /// <summary>Status and body of the answer; no status when the process died before it gave one.</summary>
    public async Task<(int? Status, JsonNode? Json)> Ask(HttpMethod method, string path, JsonObject? body = null)
    {
        try
        {
            using var response = await Send(method, path, body);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text) : null);
        }
        // A connection that the process closed while it was made surfaces as the bare SocketException.
        catch (Exception e) when (e is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            return (null, null);
        }
    }

    public async Task<JsonNode> Make(string path, JsonObject body)
    {
        using var response = await Send(HttpMethod.Post, path, body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == 201, text);
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> Get(string path)
    {
        using var response = await Send(HttpMethod.Get, path, null);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    public async Task<IReadOnlyList<JsonNode>> List(string path) => [.. (await Get(path)).AsArray().Select(item => item!)];

    /// <summary>Has every dead command tried again; answers those that nothing can come of, because what they need was given to others.</summary>
    public async Task<IReadOnlyList<JsonNode>> RetryDeadCommands()
    {
        List<JsonNode> hopeless = [];
        foreach (var command in JsonNode.Parse(await _http.GetStringAsync($"{_operator}/ops/site-commands?state=Dead", TestContext.Current.CancellationToken))!.AsArray())
        {
            using var answer = await _http.PostAsync($"{_operator}/ops/site-commands/{command!["id"]}/retry", null, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True((int)answer.StatusCode is 200 or 404 or 409 or 503, text);
            if ((int)answer.StatusCode == 409 && !text.Contains("not Dead", StringComparison.Ordinal))
            {
                hopeless.Add(command);
            }
        }

        return hopeless;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is { HasExited: false })
        {
            Kill();
        }

        return ValueTask.CompletedTask;
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, $"{_address}/v2/org/{org}/nico/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", issuer.Token());
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"http://[^\s,]+")]
    private static partial Regex Address();
}

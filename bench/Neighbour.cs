using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Nico.Bench;

/// <summary>
/// What one org that asks for as much as it can does to another's <c>get instance</c>, and what is left of it in Nico's memory, with the limits
/// that an installation has by default.
/// </summary>
internal sealed class Neighbour(BenchOptions options, StringBuilder report)
{
    private const int Connections = 64;
    private const string Noisy = "noisy";

    private static readonly string _userData = "#cloud-config\nhostname: noisy\n# " + new string('x', 30_000);

    public static bool IsWanted(string? only) => only is null || "neighbour".Contains(only, StringComparison.Ordinal);

    public async Task Run(CancellationToken ct)
    {
        Stage.Say("A noisy neighbour: an instance of one org, and another org with a hundred operating systems of 30 kB each");
        await using var stage = await Stage.Open(18, "00:00:05", speed: 600, withLimits: true);
        await Stage.Until(async () => (await stage.Get("machine?status=Ready&pageSize=100")).AsArray().Count > 0);
        var site = (string)(await stage.Get("site"))[0]!["id"]!;
        var tenant = (string)(await stage.Get("service-account/current"))["tenantId"]!;
        var (vpc, prefix, system) = await stage.Networks(site, tenant);
        var instance = (string)(await stage.Post("instance", new
        {
            name = "victim",
            machineId = (string)(await stage.Get("machine?status=Ready"))[0]!["id"]!,
            vpcId = vpc,
            operatingSystemId = system,
            interfaces = new[] { new { vpcPrefixId = prefix } },
        }))["id"]!;
        await Stage.Until(async () => (string?)(await stage.Get($"instance/{instance}"))["status"] == "Ready");
        using var noisy = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = stage.Address, Timeout = TimeSpan.FromMinutes(2) };
        noisy.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Sign(Noisy));
        using (var made = await noisy.GetAsync($"/v2/org/{Noisy}/nico/service-account/current", ct))
        {
            made.EnsureSuccessStatusCode();
        }

        for (var i = 0; i < 100; i++)
        {
            await Task.Delay(10, ct);
            using var answer = await Create(noisy, $"kept-{i}", ct);
            answer.EnsureSuccessStatusCode();
        }

        var time = TimeSpan.FromSeconds(Math.Max(10, options.Seconds * 4));
        await Victim(stage, instance, TimeSpan.FromSeconds(5), ct);
        var before = stage.Memory;
        var quiet = await Victim(stage, instance, time, ct);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var counts = new Dictionary<int, int>();
        var noise = Enumerable.Range(0, Connections).Select(i => Noise(stage, noisy, i, counts, end.Token)).ToArray();
        await Task.Delay(1000, ct);
        var during = Peak(stage, end.Token);
        var loud = await Victim(stage, instance, time, ct);
        await end.CancelAsync();
        await Task.WhenAll(noise);
        var most = await during;
        Stage.Say("Waiting for a minute, for what stays in memory");
        await Task.Delay(TimeSpan.FromSeconds(60), ct);
        var after = stage.Memory;
        report.AppendLine();
        report.AppendLine("| get instance of one org, one connection | /s | median ms | 99 % ms | errors |");
        report.AppendLine("|---|---|---|---|---|");
        report.AppendLine(Row("alone", quiet));
        report.AppendLine(Row($"beside {Connections} connections of another org", loud));
        report.AppendLine();
        report.AppendLine(CultureInfo.InvariantCulture, $"99 % beside the other org: {loud.P99 / quiet.P99:0.00} times that alone.");
        report.AppendLine(CultureInfo.InvariantCulture, $"The other org was answered {string.Join(", ", counts.OrderBy(c => c.Key).Select(c => $"{c.Key}: {c.Value}"))} times.");
        report.AppendLine();
        report.AppendLine("| Nico's resident memory | MB |");
        report.AppendLine("|---|---|");
        report.AppendLine(CultureInfo.InvariantCulture, $"| before | {before >> 20} |");
        report.AppendLine(CultureInfo.InvariantCulture, $"| most during | {most >> 20} |");
        report.AppendLine(CultureInfo.InvariantCulture, $"| 60 s after | {after >> 20} ({(double)after / before:0.00} times before) |");
    }

    private static string Row(string name, (double PerSecond, double Median, double P99, int Errors) figures) => string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {figures.PerSecond:0} | {figures.Median:0.0} | {figures.P99:0.0} | {figures.Errors} |");

    private static async Task<(double PerSecond, double Median, double P99, int Errors)> Victim(Stage stage, string instance, TimeSpan time, CancellationToken ct)
    {
        List<double> took = [];
        var errors = 0;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < time)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await stage.Http.GetAsync(Stage.PathOf($"instance/{instance}"), ct);
            await answer.Content.CopyToAsync(Stream.Null, ct);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            errors += answer.IsSuccessStatusCode ? 0 : 1;

            // Less than the rate that an org has.
            await Task.Delay(10, ct);
        }

        took.Sort();
        return (took.Count / watch.Elapsed.TotalSeconds, took[took.Count / 2], took[took.Count * 99 / 100], errors);
    }

    private static async Task<long> Peak(Stage stage, CancellationToken ct)
    {
        var most = 0L;
        while (!ct.IsCancellationRequested)
        {
            most = Math.Max(most, stage.Memory);
            await Task.Delay(100, CancellationToken.None);
        }

        return most;
    }

    /// <summary>Lists of a hundred with relations, creations and deletions, error bodies and slow bodies, each time as soon as the last is answered.</summary>
    private static async Task Noise(Stage stage, HttpClient noisy, int lane, Dictionary<int, int> counts, CancellationToken ct)
    {
        for (var n = 0; !ct.IsCancellationRequested; n++)
        {
            try
            {
                if (lane % 8 == 7)
                {
                    await SlowBody(stage, ct);
                    continue;
                }

                using var answer = (lane % 4) switch
                {
                    0 or 1 => await noisy.GetAsync($"/v2/org/{Noisy}/nico/operating-system?pageSize=100&includeRelation=Tenant", ct),
                    2 => await Create(noisy, $"made-{lane}-{n}", ct),
                    _ => await Send(noisy, "vpc", new { name = 5, labels = Enumerable.Range(0, 5000).ToDictionary(i => "k." + i, i => (object)i) }, ct),
                };
                await answer.Content.CopyToAsync(Stream.Null, ct);
                lock (counts)
                {
                    counts[(int)answer.StatusCode] = counts.GetValueOrDefault((int)answer.StatusCode) + 1;
                }

                if ((int)answer.StatusCode == 429)
                {
                    await Task.Delay(50, ct);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException or SocketException)
            {
                // The end, or a connection that Nico has closed.
            }
        }
    }

    private static Task<HttpResponseMessage> Create(HttpClient noisy, string name, CancellationToken ct) =>
        Send(noisy, "operating-system", new { name, ipxeScript = "#!ipxe", userData = _userData, phoneHomeEnabled = true }, ct);

    private static Task<HttpResponseMessage> Send(HttpClient noisy, string path, object body, CancellationToken ct) => noisy.PostAsync(
        $"/v2/org/{Noisy}/nico/{path}", new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"), ct);

    /// <summary>Half a megabyte of a body, and then a little at a time.</summary>
    private static async Task SlowBody(Stage stage, CancellationToken ct)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(stage.Address.Host, stage.Address.Port, ct);
        var stream = tcp.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /v2/org/{Noisy}/nico/vpc HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stage.Sign(Noisy)}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"),
            ct);
        await stream.WriteAsync(new byte[500_000], ct);
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(1000, ct);
            await stream.WriteAsync(new byte[300], ct);
        }
    }
}

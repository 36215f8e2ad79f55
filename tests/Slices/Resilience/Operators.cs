using System.Diagnostics;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>What an operator sees of a site's drift, and does about it.</summary>
internal sealed class Operators(RunningHost host, Guid siteId) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = host.OperatorAddress };

    /// <summary>The site's drift, by kind and id.</summary>
    public async Task<Dictionary<(string Kind, string Id), JsonNode>> Drift() =>
        (await Get($"/ops/drift?siteId={siteId}&pageSize=200")).AsArray().ToDictionary(item => (item!["kind"].Text(), item["id"].Text()), item => item!);

    public Task<(int Status, JsonNode Body)> Adopt(string kind, object id) => Post($"/ops/drift/{siteId}/{kind}/{id}/adopt");

    public Task<(int Status, JsonNode Body)> Remove(string kind, object id) => Post($"/ops/drift/{siteId}/{kind}/{id}/remove");

    /// <summary>Adopts it; it is told what became of it.</summary>
    public async Task Adopts(string kind, object id, string outcome = "Adopted")
    {
        var (status, body) = await Adopt(kind, id);
        Assert.True(status == 200 && body["outcome"].Text() == outcome, $"{kind} {id}: {status} {body}");
    }

    /// <summary>It is refused, with these words.</summary>
    public static void Refused((int Status, JsonNode Body) answer, int status, string words)
    {
        Assert.True(answer.Status == status, $"{answer.Status}: {answer.Body}");
        Assert.Contains(words, answer.Body["message"].Text(), StringComparison.Ordinal);
    }

    /// <summary>Waits until the site's drift has all of these.</summary>
    public Task Sees(params (string Kind, string Id)[] objects) => Wait.Until(async () => await Drift() is var drift && objects.All(drift.ContainsKey));

    /// <summary>Objects that Nico and the site have, not so, or not both of them, over all kinds.</summary>
    public async Task<long> Differences() => (await Get("/ops/sites")).AsArray()
        .Where(site => site!["siteId"].Id() == siteId)
        .SelectMany(site => site!["kinds"]!.AsArray())
        .Sum(kind => kind!["driftCount"]!.GetValue<long>() + kind["absent"]!.AsArray().Count);

    public async Task<JsonNode> Get(string path) => JsonNode.Parse(await _http.GetStringAsync(path, TestContext.Current.CancellationToken))!;

    /// <summary>Status and output of the verb <c>nico drift</c>.</summary>
    public async Task<(int Status, string Output)> Verb(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "nico.dll"), "drift", .. arguments,
                "--operators", host.OperatorAddress.ToString(), "--site", siteId.ToString(),
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + errors);
    }

    public void Dispose() => _http.Dispose();

    private async Task<(int Status, JsonNode Body)> Post(string path)
    {
        using var answer = await _http.PostAsync(path, null, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }
}

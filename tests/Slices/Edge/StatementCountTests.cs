using System.Collections.Concurrent;
using System.Diagnostics;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>How many statements each read takes, held against the table in docs/statements.md, which NICO_WRITE=1 writes anew.</summary>
public sealed class StatementCountTests(TestHost host)
{
    private readonly ConcurrentDictionary<ActivityTraceId, int> _statements = new();

    [Fact]
    public async Task Reads_take_as_many_statements_as_the_table_says()
    {
        await using var estate = await Estate.Make(host.Host);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                _statements.ContainsKey(options.TraceId) ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == "Npgsql")
                {
                    _statements.AddOrUpdate(activity.TraceId, 1, (_, count) => count + 1);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var rows = new List<string>();
        foreach (var operation in OpenApi.Operations(await OpenApi.Document(host)).Where(operation => operation.Method == HttpMethod.Get).OrderBy(operation => operation.Id))
        {
            var path = await Complete(estate, operation);
            var alone = await Count(estate, path);
            var most = 0;
            foreach (var relation in Relations(operation))
            {
                var added = await Count(estate, $"{path}&includeRelation={relation}") - alone;
                Assert.True(added <= 1, $"{operation.Id} with {relation}: {added} statements more");
                most = Math.Max(most, added);
            }

            rows.Add($"| {operation.Id} | {alone} | {(Relations(operation).Any() ? most : "–")} |");
        }

        var table = string.Join('\n', rows) + '\n';
        var file = Path.Combine(Root(), "docs", "statements.md");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var head = text[..text.IndexOf("|---", StringComparison.Ordinal)];
        var rule = "|---|---|---|\n";
        if (Environment.GetEnvironmentVariable("NICO_WRITE") == "1")
        {
            await File.WriteAllTextAsync(file, head + rule + table, TestContext.Current.CancellationToken);
        }
        else
        {
            Assert.Equal(head + rule + table, text);
        }
    }

    /// <summary>The operation's path with what its query must name; asked once, so that what is remembered is known.</summary>
    private static async Task<string> Complete(Estate estate, ApiOperation operation)
    {
        // Nothing is derived of the tenant's block.
        var others = operation.Path.EndsWith("/derived", StringComparison.Ordinal)
            ? new Dictionary<string, string> { ["ipBlockId"] = estate.Ids["resourceTypeId"] }
            : null;
        var path = estate.Path(operation, others) + "?";
        var answer = await estate.Client.Send(HttpMethod.Get, path);
        foreach (var name in answer.Status == 400 ? answer.Json!["data"]!.AsObject().Select(field => field.Key) : [])
        {
            path += $"{name}={estate.Ids[name]}&";
        }

        answer = await estate.Client.Send(HttpMethod.Get, path);
        Assert.True(answer.Status == 200, answer.ToString());
        return path;
    }

    private static IEnumerable<string> Relations(ApiOperation operation) =>
        operation.Query.FirstOrDefault(parameter => parameter["name"].Text() == "includeRelation") is { } parameter
            ? (parameter["schema"]!["items"]?["enum"] ?? parameter["schema"]!["enum"])?.AsArray().Select(value => value.Text()) ?? []
            : [];

    private async Task<int> Count(Estate estate, string path)
    {
        var trace = ActivityTraceId.CreateRandom();
        _statements[trace] = 0;
        (await estate.Client.Send(HttpMethod.Get, path, null, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"))).Is(200);
        return _statements[trace];
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Nico.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}

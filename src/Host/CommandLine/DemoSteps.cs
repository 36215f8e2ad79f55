using System.Diagnostics;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Nico.Host.CommandLine;

/// <summary>What the walks of <c>nico demo</c> have in common: a step with its time, and waiting for a state.</summary>
internal static class DemoSteps
{
    /// <summary>Name of what demos make once and use again.</summary>
    public const string PoolName = "demo-pool";

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(250);

    public static bool Is(JsonNode node, string status) => (string?)node["status"] == status;

    /// <summary>The object of that name in a list; null when there is none.</summary>
    public static async Task<JsonNode?> Named(this RunningNico nico, string list, string name, CancellationToken ct) =>
        (await nico.Get(list, ct)).AsArray().FirstOrDefault(item => (string?)item!["name"] == name);

    /// <summary>Asks until <paramref name="holds"/>; fails when the object is in Error.</summary>
    public static async Task<JsonNode> Until(this RunningNico nico, string path, Func<JsonNode, bool> holds, CancellationToken ct)
    {
        while (true)
        {
            var found = await nico.Get(path, ct);
            if (holds(found))
            {
                return found;
            }

            if (found is JsonObject && Is(found, "Error"))
            {
                throw new ConfigurationProblem($"{path} is in Error: {found["statusHistory"]?[0]?["message"]}");
            }

            await Task.Delay(_look, ct);
        }
    }

    /// <summary>Asks until the object is gone.</summary>
    public static async Task<JsonNode> Gone(this RunningNico nico, string path, CancellationToken ct)
    {
        while (!await nico.IsGone(path, ct))
        {
            await Task.Delay(_look, ct);
        }

        return JsonValue.Create("gone");
    }

    /// <summary>The pool of an earlier demo, or one on addresses that no other block of the site has.</summary>
    public static async Task<JsonNode> Pool(this RunningNico nico, JsonNode site, string name, CancellationToken ct)
    {
        if (await nico.Named($"ipblock?siteId={site}&query={name}", name, ct) is { } known)
        {
            return known;
        }

        for (var second = 64; ; second++)
        {
            try
            {
                return await nico.Post("ipblock", new()
                {
                    ["name"] = name,
                    ["siteId"] = site.DeepClone(),
                    ["routingType"] = "DatacenterOnly",
                    ["prefix"] = $"10.{second}.0.0",
                    ["prefixLength"] = 16,
                    ["protocolVersion"] = "IPv4",
                }, ct);
            }
            catch (ConfigurationProblem taken) when (second < 255 && taken.Message.Contains(": 409 ", StringComparison.Ordinal))
            {
                // These addresses belong to another block: the next ones.
            }
        }
    }

    /// <summary>Shows a step while it goes on, and then how long it took.</summary>
    public static async Task<JsonNode> Step(string name, Func<Task<JsonNode>> work, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        JsonNode result = JsonValue.Create("");
        if (AnsiConsole.Profile.Capabilities.Interactive)
        {
            await AnsiConsole.Status().StartAsync(name + " ...", async status =>
            {
                using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
                var running = work();
                while (!running.IsCompleted && await ticks.WaitForNextTickAsync(ct))
                {
                    status.Status($"{Markup.Escape(name)} ... [grey]{watch.Elapsed.TotalSeconds:0.0} s[/]");
                }

                result = await running;
            });
        }
        else
        {
            result = await work();
        }

        AnsiConsole.MarkupLine($"  [green]ok[/] {Markup.Escape(name),-52} [grey]{watch.Elapsed.TotalSeconds,6:0.00} s[/]");
        return result;
    }
}

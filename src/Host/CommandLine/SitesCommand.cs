using System.CommandLine;
using System.Text.Json.Nodes;

namespace Nico.Host.CommandLine;

/// <summary><c>nico sites</c>: how Nico sees the controllers of its sites, and what waits there for an operator.</summary>
internal static class SitesCommand
{
    public static Command Make()
    {
        var data = Options.Data();
        var operators = OperatorsPort.Address();
        var controller = new Option<Guid?>("--accept-controller") { Description = "Let the controller that answers in the place of this site's own be its own from now on.", HelpName = "ID" };
        var losses = new Option<Guid?>("--accept-losses") { Description = "Believe that what is held back at this site as missing is gone.", HelpName = "ID" };
        var command = new Command("sites", "Show whether the controllers of the sites answer, and why not, or accept what waits for an operator.")
        {
            data, operators, controller, losses,
        };
        command.SetAction(async (line, ct) =>
        {
            using var port = OperatorsPort.Of(line.GetValue(operators), line.GetValue(data));
            foreach (var (verb, id) in new[] { ("accept-controller", line.GetValue(controller)), ("accept-losses", line.GetValue(losses)) })
            {
                if (id is { } site)
                {
                    await port.Post($"/ops/sites/{site}/{verb}", ct);
                }
            }

            Show((await port.Get("/ops/sites", ct)).AsArray());
        });
        return command;
    }

    private static void Show(JsonArray sites)
    {
        if (sites.Count == 0)
        {
            Console.WriteLine("None.");
            return;
        }

        foreach (var site in sites)
        {
            var state = (bool?)site!["answers"] switch
            {
                true => "answers",
                false => $"does not answer: {site["lastFailure"]}",
                null => "not met yet",
            };
            Console.WriteLine($"{site["siteId"]}  {site["core"]}  {state}");
            if (site["otherController"] is { } other)
            {
                Console.WriteLine($"    another controller answers: {other["name"]} {other["subject"]} since {other["since"]}; --accept-controller {site["siteId"]} accepts it");
            }

            if (site["certificateProblem"] is { } problem)
            {
                Console.WriteLine($"    the certificate files cannot be used: {problem}");
            }

            foreach (var kind in site["kinds"]!.AsArray().Where(kind => kind!["heldReason"] is not null))
            {
                Console.WriteLine($"    {kind!["kind"]}: {kind["heldReason"]}; --accept-losses {site["siteId"]} believes it");
            }

            foreach (var kind in site["kinds"]!.AsArray().Where(kind => kind!["unreadSince"] is not null))
            {
                Console.WriteLine($"    {kind!["kind"]} cannot be read since {kind["unreadSince"]}: {kind["error"]}");
            }
        }
    }
}

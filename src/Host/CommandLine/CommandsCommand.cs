using System.CommandLine;
using System.Text.Json.Nodes;

namespace Nico.Host.CommandLine;

/// <summary><c>nico commands</c>: what sites have been ordered to do, and have finally refused or failed to do.</summary>
internal static class CommandsCommand
{
    public static Command Make()
    {
        var data = Options.Data();
        var operators = OperatorsPort.Address();
        var state = new Option<string>("--state") { Description = "pending, sending, done or dead.", DefaultValueFactory = _ => "dead", HelpName = "STATE" };
        var site = new Option<Guid?>("--site") { Description = "Only commands of this site.", HelpName = "ID" };
        var retry = new Option<Guid?>("--retry") { Description = "Have this dead command tried again.", HelpName = "ID" };
        var command = new Command("commands", "Show the commands to sites that were finally refused (or are in another state), or have one tried again.")
        {
            data, operators, state, site, retry,
        };
        command.SetAction(async (line, ct) =>
        {
            using var port = OperatorsPort.Of(line.GetValue(operators), line.GetValue(data));
            var found = line.GetValue(retry) is { } id
                ? new JsonArray(await port.Post($"/ops/site-commands/{id}/retry", ct))
                : await port.Get($"/ops/site-commands?state={line.GetValue(state)}&siteId={line.GetValue(site)}", ct);
            Show(found.AsArray());
        });
        return command;
    }

    private static void Show(JsonArray commands)
    {
        if (commands.Count == 0)
        {
            Console.WriteLine("None.");
            return;
        }

        foreach (var command in commands)
        {
            Console.WriteLine(
                $"{command!["id"]}  {command["state"]}  {command["operation"]} {command["kind"]} {command["resourceId"]}  {command["attempts"]} attempts{(command["errorCode"] is { } code ? $", last: {code} {command["error"]}" : "")}");
        }
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;

namespace Nico.Host.CommandLine;

/// <summary><c>nico drift</c>: what sites have and Nico does not, and what is to become of it.</summary>
internal static class DriftCommand
{
    /// <summary>Entries that are asked for at a time.</summary>
    private const int PageSize = 200;

    public static Command Make()
    {
        var (data, operators) = (Options.Data(), OperatorsPort.Address());
        return new Command("drift", "Show what sites have and Nico does not, after a restore of the database say; make it Nico's own, or remove it.")
        {
            List(data, operators), Adopt(data, operators), Remove(data, operators),
        };
    }

    private static Command List(Option<string?> data, Option<string?> operators)
    {
        var site = new Option<Guid?>("--site") { Description = "Only what this site has.", HelpName = "ID" };
        var command = new Command("list", "Show it, in the order in which it can be adopted.") { data, operators, site };
        command.SetAction(async (line, ct) =>
        {
            using var port = OperatorsPort.Of(line.GetValue(operators), line.GetValue(data));
            var count = 0;
            await foreach (var item in Items(port, line.GetValue(site), ct))
            {
                count++;
                var more = Also("owner ", item["owner"]) + Also("since ", item["since"]) + Also("removal ", item["removal"]) + Also("", item["removalError"]);
                Console.WriteLine($"{item["siteId"]}  {item["kind"]} {item["id"]}  {item["reason"]}: {item["detail"]}{more}  [{Verbs(item)}]");
            }

            Console.WriteLine(count == 0 ? "None." : $"{count} in all.");
        });
        return command;
    }

    private static Command Adopt(Option<string?> data, Option<string?> operators)
    {
        var site = Site();
        var all = new Option<bool>("--all") { Description = "Whatever of it can be adopted; nothing comes before what it needs." };
        var (kind, id) = Object(isRequired: false);
        var command = new Command("adopt", "Make what the site has Nico's own, for the tenant that the site names.") { data, operators, site, all, kind, id };
        command.SetAction(async (line, ct) =>
        {
            using var port = OperatorsPort.Of(line.GetValue(operators), line.GetValue(data));
            var siteId = line.GetValue(site);
            switch (line.GetValue(all), line.GetValue(kind), line.GetValue(id))
            {
                case (true, null, null):
                    return await AdoptAll(port, siteId, ct);
                case (false, { } ofKind, { } one):
                    Console.WriteLine($"{ofKind} {one}: {(await port.Post(Path(siteId, ofKind, one, "adopt"), ct))["outcome"]}");
                    return 0;
                default:
                    throw new ConfigurationProblem("Name the kind and the id of what is to be adopted, or --all");
            }
        });
        return command;
    }

    private static Command Remove(Option<string?> data, Option<string?> operators)
    {
        var site = Site();
        var (kind, id) = Object(isRequired: true);
        var command = new Command("remove", "Have the site remove what it has and Nico does not. What it holds is lost.") { data, operators, site, kind, id };
        command.SetAction(async (line, ct) =>
        {
            using var port = OperatorsPort.Of(line.GetValue(operators), line.GetValue(data));
            var answer = await port.Post(Path(line.GetValue(site), line.GetValue(kind)!, line.GetValue(id)!, "remove"), ct);
            Console.WriteLine($"{answer["kind"]} {answer["id"]}: {answer["outcome"]}");
        });
        return command;
    }

    /// <summary>Adopts one after another; 1 when something was left.</summary>
    private static async Task<int> AdoptAll(OperatorsPort port, Guid siteId, CancellationToken ct)
    {
        var (adopted, known, left) = (0, 0, 0);
        await foreach (var item in Items(port, siteId, ct))
        {
            var (answer, refusal) = (bool)item["canAdopt"]!
                ? await port.Try(Path(siteId, (string)item["kind"]!, (string)item["id"]!, "adopt"), ct)
                : (null, (string?)item["why"] ?? $"{item["reason"]}");
            switch ((string?)answer?["outcome"])
            {
                case "Adopted":
                    adopted++;
                    break;
                case { }:
                    known++;
                    break;
                default:
                    left++;
                    break;
            }

            Console.WriteLine($"{item["kind"]} {item["id"]}: {answer?["outcome"]?.ToString() ?? refusal}");
        }

        Console.WriteLine($"{adopted} adopted, {known} known already, {left} left");
        return left == 0 ? 0 : 1;
    }

    /// <summary>What there is, page by page; what is settled meanwhile does not matter to the rest.</summary>
    private static async IAsyncEnumerable<JsonNode> Items(
        OperatorsPort port, Guid? siteId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? after = null;
        JsonArray page;
        do
        {
            page = (await port.Get($"/ops/drift?siteId={siteId}&pageSize={PageSize}&after={Uri.EscapeDataString(after ?? "")}", ct)).AsArray();
            foreach (var item in page)
            {
                yield return item!;
                after = $"{item!["siteId"]}/{item["kind"]}/{item["id"]}";
            }
        }
        while (page.Count == PageSize);
    }

    private static Option<Guid> Site() => new("--site") { Description = "The site that has it.", HelpName = "ID", Required = true };

    private static (Argument<string?> Kind, Argument<string?> Id) Object(bool isRequired)
    {
        var arity = isRequired ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne;
        return (
            new("KIND") { Description = "Kind of the object, as the list has it.", Arity = arity },
            new("ID") { Description = "Its id at the site.", Arity = arity });
    }

    private static string Path(Guid siteId, string kind, string id, string verb) =>
        $"/ops/drift/{siteId}/{Uri.EscapeDataString(kind)}/{Uri.EscapeDataString(id)}/{verb}";

    private static string Verbs(JsonNode item)
    {
        string?[] words = [(bool)item["canAdopt"]! ? "adopt" : null, (bool)item["canRemove"]! ? "remove" : null, (string?)item["why"]];
        return string.Join("; ", words.OfType<string>());
    }

    private static string Also(string what, JsonNode? value) => value is null ? "" : $", {what}{value}";
}

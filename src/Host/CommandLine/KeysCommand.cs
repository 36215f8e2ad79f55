using System.CommandLine;
using Nico.Host.Development;
using Nico.Host.Secrets;

namespace Nico.Host.CommandLine;

/// <summary><c>nico keys</c>: the keys that secrets are sealed with.</summary>
internal static class KeysCommand
{
    public static Command Make()
    {
        var data = Options.Data();
        var operators = OperatorsPort.Address();
        var command = new Command("keys", "List the keys that secrets are sealed with, and what each still seals where a Nico runs.") { data, operators };
        command.SetAction((line, ct) => List(line.GetValue(data), line.GetValue(operators), ct));
        var add = new Command("add", "Make a key. It is the current one within a second, also of a running Nico, which seals everything again under it.") { data };
        add.SetAction(line =>
        {
            var key = Folder(line.GetValue(data)).Add(DateTimeOffset.UtcNow);
            Console.WriteLine($"{key.Id}  {key.File}");
        });
        command.Subcommands.Add(add);
        return command;
    }

    /// <summary>The configured folder of keys; the data folder's without one.</summary>
    private static KeyFolder Folder(string? data) =>
        new(NicoServer.Configuration(new Dictionary<string, string?>())[SecretServices.Folder] ?? DataFolder.Open(data).Keys);

    private static async Task List(string? data, string? operators, CancellationToken ct)
    {
        var folder = DataFolder.Open(data);
        if (operators is null && !folder.IsInUse())
        {
            var keys = Folder(data).Read();
            foreach (var key in keys)
            {
                Console.WriteLine($"{key.Id}  {key.File}{(key == keys[^1] ? "  current" : "")}");
            }

            Console.WriteLine(keys.Count == 0 ? "None." : "No Nico runs here that could tell what they seal.");
            return;
        }

        using var port = OperatorsPort.Of(operators, data);
        foreach (var key in (await port.Get("/ops/keys", ct)).AsArray())
        {
            var sealing = string.Join(", ", key!["sealed"]!.AsObject().Select(column => $"{column.Value} of {column.Key}"));
            Console.WriteLine(
                $"{key["id"]}  {key["file"] ?? "MISSING"}{((bool)key["isCurrent"]! ? "  current" : "")}  {(sealing.Length > 0 ? "seals " + sealing : "seals nothing")}");
        }
    }
}

using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Nico.Hardware;

namespace Nico.Host.CommandLine;

/// <summary><c>nico pair</c>: introduces a site's controller to a Nico.</summary>
internal static class PairCommand
{
    /// <summary>Where a Nico listens unless told otherwise.</summary>
    private const string DefaultAddress = "http://127.0.0.1:8388";

    public static Command Make()
    {
        var token = new GivenToken("--site-token", "The site's registration token, as POST /site answers it", "NICO_SITE_TOKEN");
        var core = new Option<string>("--core") { Description = "Address of the controller's gRPC service: https, or http on loopback.", Required = true, HelpName = "URL" };
        var authority = new Option<FileInfo?>("--ca") { Description = "PEM file of the CA of the controller's certificate. Default: the system's own.", HelpName = "FILE" };
        var certificate = new Option<FileInfo?>("--cert") { Description = "PEM file of the certificate that Nico shows to the controller.", HelpName = "FILE" };
        var key = new Option<FileInfo?>("--key") { Description = "PEM file of its private key, not encrypted.", HelpName = "FILE" };
        var nico = Nico("--url");
        var command = new Command("pair", "Pair a site's controller: tell Nico where it is and how it is reached. The token can be used once.")
        {
            core, authority, certificate, key, nico,
        };
        foreach (var option in token.Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (line, ct) =>
        {
            var site = await Pair(
                line.GetValue(nico)!,
                new JsonObject
                {
                    ["token"] = token.Value(line) ?? throw new ConfigurationProblem("The site's registration token is missing: --site-token-file, or the variable NICO_SITE_TOKEN"),
                    ["core"] = line.GetValue(core),
                    ["authority"] = await Text(line.GetValue(authority), ct),
                    ["clientCertificate"] = await Text(line.GetValue(certificate), ct),
                    ["clientKey"] = await Text(line.GetValue(key), ct),
                },
                ct);
            Console.WriteLine($"Site {site["name"]} ({site["siteId"]}) is paired.");
        });
        return command;
    }

    /// <summary>The option that says where Nico is.</summary>
    public static Option<string> Nico(string name) => new(name)
    {
        Description = "Address of Nico's API.",
        DefaultValueFactory = _ => DefaultAddress,
        HelpName = "URL",
    };

    /// <summary>Presents a controller; the site that it belongs to.</summary>
    public static async Task<JsonNode> Pair(string nico, JsonObject pairing, CancellationToken ct)
    {
        if (!Uri.TryCreate(nico, UriKind.Absolute, out var address))
        {
            throw new ConfigurationProblem($"'{nico}' is no address");
        }

        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        using var body = new StringContent(pairing.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var answer = await http.PostAsync(SitePairing.Path, body, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            var json = answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text)! : null;
            return answer.IsSuccessStatusCode && json is not null
                ? json
                : throw new ConfigurationProblem($"Not paired: {json?["message"] ?? $"{(int)answer.StatusCode} {text}"}");
        }
        catch (HttpRequestException e)
        {
            throw new ConfigurationProblem($"Nico does not answer at {address}: {e.Message}");
        }
    }

    private static async Task<string?> Text(FileInfo? file, CancellationToken ct)
    {
        try
        {
            return file is null ? null : await File.ReadAllTextAsync(file.FullName, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationProblem($"{file!.FullName} cannot be read: {e.Message}");
        }
    }
}

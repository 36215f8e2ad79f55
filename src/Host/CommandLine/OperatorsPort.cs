using System.CommandLine;
using System.Text.Json.Nodes;
using Nico.Host.Development;

namespace Nico.Host.CommandLine;

/// <summary>Calls to the operator's port of a running Nico.</summary>
internal sealed class OperatorsPort : IDisposable
{
    private readonly HttpClient _http;

    private OperatorsPort(HttpClient http) => _http = http;

    /// <summary>Which Nico is asked.</summary>
    public static Option<string?> Address() => new("--operators")
    {
        Description = "Address of the operator's port. Default: that of the Nico on the data folder.",
        HelpName = "URL",
    };

    /// <summary>The port at the address, or that of the Nico on the data folder.</summary>
    public static OperatorsPort Of(string? address, string? data)
    {
        var http = new HttpClient
        {
            BaseAddress = new Uri(address ?? RunningNico.Addresses(DataFolder.Open(data)).Operators),
            Timeout = TimeSpan.FromSeconds(30),
        };
        RunningNico.ShowOperatorToken(http);
        return new OperatorsPort(http);
    }

    public async Task<JsonNode> Get(string path, CancellationToken ct) => Required(await Answer(_http.GetAsync(path, ct), ct));

    public async Task<JsonNode> Post(string path, CancellationToken ct) => Required(await Try(path, ct));

    /// <summary>The answer to a POST, or why it was refused, in the words of the port.</summary>
    public Task<(JsonNode? Answer, string? Refusal)> Try(string path, CancellationToken ct) => Answer(_http.PostAsync(path, null, ct), ct);

    public void Dispose() => _http.Dispose();

    private static JsonNode Required((JsonNode? Answer, string? Refusal) answer) => answer.Answer ?? throw new ConfigurationProblem(answer.Refusal!);

    private static async Task<(JsonNode? Answer, string? Refusal)> Answer(Task<HttpResponseMessage> call, CancellationToken ct)
    {
        try
        {
            using var answer = await call;
            var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct))!;
            return answer.IsSuccessStatusCode ? (json, null) : (null, (string)json["message"]!);
        }
        catch (HttpRequestException e)
        {
            throw new ConfigurationProblem("The operator's port does not answer: " + e.Message);
        }
    }
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Nico.Host.Development;

namespace Nico.Host.CommandLine;

/// <summary>Where the Nico of a data folder listens, and calls to it.</summary>
internal sealed class RunningNico : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _org;
    private readonly string _api = Http.ApiNames.From(NicoServer.Configuration(new Dictionary<string, string?>())).First;

    private RunningNico(HttpClient http, string org) => (_http, _org) = (http, org);

    /// <summary>The org of the calls.</summary>
    public string Org => _org;

    /// <summary>Writes down where the running process listens.</summary>
    public static void Announce(DataFolder folder, string api, string operators) => Guarded.Write(folder.Address, $"{api}\n{operators}\n");

    /// <summary>Has calls to the operator's port bear its token, where one is configured (<c>Http:OperatorToken</c>).</summary>
    public static void ShowOperatorToken(HttpClient http)
    {
        if (Operations.OperatorAccess.Token(NicoServer.Configuration(new Dictionary<string, string?>())) is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>The API's and the operator's address of the process that runs on the folder.</summary>
    public static (string Api, string Operators) Addresses(DataFolder folder) =>
        File.Exists(folder.Address) && File.ReadAllLines(folder.Address) is [var api, var operators, ..]
            ? (api, operators)
            : throw new ConfigurationProblem($"No Nico runs on {folder.Path}: start one with ./nico run");

    /// <summary>A caller of the API, as the service account of <paramref name="org"/>.</summary>
    public static RunningNico As(DataFolder folder, string org) => With(folder, org, [], $"{org}-service-account", isServiceAccount: true);

    /// <summary>A caller of the API with a role in <paramref name="org"/>.</summary>
    public static RunningNico As(DataFolder folder, string org, string role) => With(folder, org, [role], $"{org}-admin", isServiceAccount: false);

    private static RunningNico With(DataFolder folder, string org, string[] roles, string subject, bool isServiceAccount)
    {
        var token = DevelopmentIssuer.Open(folder.IssuerKey)
            .Sign(org, roles, subject, isServiceAccount, TimeSpan.FromHours(1), DateTimeOffset.UtcNow);
        var http = new HttpClient { BaseAddress = new Uri(Addresses(folder).Api), Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new RunningNico(http, org);
    }

    public Task<JsonNode> Get(string path, CancellationToken ct) => Send(HttpMethod.Get, path, null, ct);

    public Task<JsonNode> Post(string path, JsonObject body, CancellationToken ct) => Send(HttpMethod.Post, path, body, ct);

    public Task<JsonNode> Patch(string path, JsonObject body, CancellationToken ct) => Send(HttpMethod.Patch, path, body, ct);

    /// <summary>The status of the answer to an order that may be refused.</summary>
    public async Task<int> Try(string path, JsonObject body, CancellationToken ct)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(Route(path), content, ct);
        return (int)answer.StatusCode;
    }

    public Task Delete(string path, CancellationToken ct) => Send(HttpMethod.Delete, path, null, ct);

    /// <summary>True when the object does not exist (any more).</summary>
    public async Task<bool> IsGone(string path, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(Route(path), ct);
        return answer.StatusCode == System.Net.HttpStatusCode.NotFound;
    }

    public void Dispose() => _http.Dispose();

    private string Route(string path) => $"/v2/org/{_org}/{_api}/{path}";

    private async Task<JsonNode> Send(HttpMethod method, string path, JsonObject? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, Route(path));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        try
        {
            using var answer = await _http.SendAsync(request, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            var json = text.Length > 0 && answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text) : null;
            return answer.IsSuccessStatusCode
                ? json ?? JsonValue.Create(text)
                : throw new ConfigurationProblem($"{method} {path}: {(int)answer.StatusCode} {json?["message"] ?? text}");
        }
        catch (HttpRequestException e)
        {
            throw new ConfigurationProblem($"Nico does not answer at {_http.BaseAddress}: {e.Message}");
        }
    }
}

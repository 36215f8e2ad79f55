using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>Calls the API as one caller, in one org. Every answer is checked against the OpenAPI document.</summary>
public sealed class ApiClient
{
    private readonly HttpClient _http;
    private readonly OpenApiCheck _check;
    private readonly string? _token;

    internal ApiClient(HttpClient http, OpenApiCheck check, string org, string? token) => (_http, _check, Org, _token) = (http, check, org, token);

    /// <summary>The org of the paths.</summary>
    public string Org { get; }

    /// <summary>The same caller, asking in another org.</summary>
    public ApiClient In(string org) => new(_http, _check, org, _token);

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Answer> Post(string path, object? body = null) => Send(HttpMethod.Post, path, Json(body));

    public Task<Answer> Patch(string path, object? body = null) => Send(HttpMethod.Patch, path, Json(body));

    public Task<Answer> Put(string path, object? body = null) => Send(HttpMethod.Put, path, Json(body));

    public Task<Answer> Delete(string path, object? body = null) => Send(HttpMethod.Delete, path, body is null ? null : Json(body));

    /// <summary>A body as it is, for bad JSON.</summary>
    public Task<Answer> Raw(HttpMethod method, string path, string body, string contentType = "application/json") =>
        Send(method, path, new StringContent(body, Encoding.UTF8, contentType));

    /// <summary>Sends a request to <c>/v2/org/ORG/nico/PATH</c>, or to PATH when it begins with a slash.</summary>
    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"/v2/org/{Org}/nico/{path}") { Content = content };
        if (_token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = new Answer(
            $"{method} {request.RequestUri}",
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.ToString(),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
        _check.Check(method.Method, request.RequestUri!.ToString(), answer);
        return answer;
    }

    /// <summary>Asks until the answer is 200 and <paramref name="holds"/>, or fails with the last answer.</summary>
    public async Task<JsonNode> Eventually(string path, Func<JsonNode, bool> holds, int seconds = 60)
    {
        var until = DateTime.UtcNow.AddSeconds(seconds);
        while (true)
        {
            var answer = await Get(path);
            if (answer.Status == 200 && holds(answer.Json!))
            {
                return answer.Json!;
            }

            Assert.True(DateTime.UtcNow < until, $"not so within {seconds} s: {answer}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Asks until the answer is 404.</summary>
    public async Task Gone(string path, int seconds = 60)
    {
        var until = DateTime.UtcNow.AddSeconds(seconds);
        while (await Get(path) is var answer && answer.Status != 404)
        {
            Assert.True(DateTime.UtcNow < until, $"still there after {seconds} s: {answer}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static StringContent Json(object? body) =>
        new(body is JsonNode node ? node.ToJsonString() : JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
}

/// <summary>An answer, read.</summary>
public sealed record Answer(string Request, int Status, string? ContentType, string Text, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The body as JSON; null when it is none.</summary>
    public JsonNode? Json { get; } = ContentType == "application/json" && Text.Length > 0 ? JsonNode.Parse(Text) : null;

    /// <summary>The header <c>X-Pagination</c>.</summary>
    public JsonNode Pagination => JsonNode.Parse(Headers["X-Pagination"])!;

    /// <summary>All matches of a list.</summary>
    public int Total => Pagination["total"]!.GetValue<int>();

    /// <summary>The body of an answer that has this status.</summary>
    public JsonNode Is(int status)
    {
        Assert.True(Status == status, $"expected {status}: {this}");
        return Json ?? JsonValue.Create(Text);
    }

    /// <summary>The items of a list's page.</summary>
    public JsonArray Items() => Is(200).AsArray();

    /// <summary>An error with this status whose details name each of <paramref name="fields"/> (dots for nested ones).</summary>
    public JsonNode Fails(int status, params string[] fields)
    {
        var error = Is(status);
        foreach (var field in fields)
        {
            var at = error["data"];
            foreach (var step in field.Split('.'))
            {
                at = at is JsonObject ? at[step] : null;
            }

            Assert.True(at is not null, $"expected an error for {field}: {this}");
        }

        return error;
    }

    /// <summary>A 409 that names the object in the way.</summary>
    public void ConflictsWith(JsonNode? id) => Assert.Equal(id!.GetValue<string>(), Fails(409, "id")["data"]!["id"]!.GetValue<string>());

    public override string ToString() => $"{Request} -> {Status} {ContentType} {(Text.Length > 2000 ? Text[..2000] + "..." : Text)}";
}

/// <summary>Short ways to read JSON in tests.</summary>
public static class JsonReading
{
    public static Guid Id(this JsonNode? node) => Guid.ParseExact(node!.GetValue<string>(), "D");

    public static string Text(this JsonNode? node) => node!.GetValue<string>();

    public static int Number(this JsonNode? node) => node!.GetValue<int>();

    public static bool Flag(this JsonNode? node) => node!.GetValue<bool>();

    public static DateTimeOffset Time(this JsonNode? node) => DateTimeOffset.Parse(node!.GetValue<string>());
}

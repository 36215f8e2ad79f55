using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Http;

namespace Nico.Audit.Trail;

/// <summary>
/// The entry of the present request. A change writes it into its own transaction, as a success; a request that is refused or
/// fails writes it afterwards, and so does a change whose site had the last word and refused.
/// </summary>
internal sealed partial class AuditTrail(Db db, Caller caller, IServiceScopeFactory scopes, TimeProvider clock, ILogger<AuditTrail> log) : IAuditTrail
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly Guid _id = Guid.CreateVersion7();
    private HttpContext? _http;
    private DateTime _began;
    private long _ticks;
    private int? _written;

    /// <summary>Starts the clock of the entry.</summary>
    public void Begin(HttpContext http) => (_http, _began, _ticks) = (http, clock.Now(), Stopwatch.GetTimestamp());

    public async Task RecordChange(CancellationToken ct)
    {
        if (_http is null)
        {
            return;
        }

        var status = _http.GetEndpoint()!.Metadata.OfType<IProducesResponseTypeMetadata>().First().StatusCode;
        await db.Execute(Sql.Of<AuditTrail>("Write"), await Entry(_http, status), ct);
        _written = status;
    }

    /// <summary>Writes what is not written yet. The caller's going away does not stop it, and its failing does not fail the request.</summary>
    public async Task End()
    {
        var status = _http!.Response.StatusCode;
        if (status == _written || status == StatusCodes.Status413PayloadTooLarge)
        {
            return;
        }

        using var limit = new CancellationTokenSource(_patience);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var own = scope.ServiceProvider.GetRequiredService<Db>();
            await own.Execute(Sql.Of<AuditTrail>("Write"), await Entry(_http, status), limit.Token);
        }
        catch (Exception e)
        {
            Lost(log, e, _http.Request.Method, _http.Request.Path, status);
        }
    }

    private async Task<object> Entry(HttpContext http, int status) => new
    {
        id = _id,
        endpoint = http.Request.Path.Value,
        queryParams = JsonSerializer.Serialize(http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray())),
        method = http.Request.Method,
        body = caller.UserId is null ? "{}" : await Body(http.Request),
        status,
        message = status >= 400 ? Storable(http.Features.Get<AnsweredProblem>()?.Message ?? "") : "",
        clientIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
        userId = caller.UserId,
        org = ((string?)http.Request.RouteValues["org"])?.ToLowerInvariant() ?? "",
        began = _began,
        durationMs = (long)Stopwatch.GetElapsedTime(_ticks).TotalMilliseconds,
        version = Build.Version,
    };

    /// <summary>The body with its secrets masked; an object as it is, an array under <c>items</c>, anything else as nothing.</summary>
    private static async Task<string> Body(HttpRequest request)
    {
        request.Body.Position = 0;
        try
        {
            var node = await JsonNode.ParseAsync(request.Body);
            Secrets.Mask(node);
            return node switch
            {
                JsonObject => Storable(node.ToJsonString()),
                JsonArray => Storable(new JsonObject { ["items"] = node }.ToJsonString()),
                _ => "{}",
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return "{}";
        }
    }

    /// <summary>Without U+0000, which PostgreSQL's text and jsonb do not hold.</summary>
    private static string Storable(string text) =>
        text.Replace("\\u0000", "", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal);

    [LoggerMessage(Level = LogLevel.Error, Message = "The audit entry of {Method} {Path}, answered {Status}, could not be written")]
    private static partial void Lost(ILogger log, Exception e, string method, string path, int status);
}

using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Http;

namespace Nico.Audit.Trail;

/// <summary>
/// The entry of the present request. A change writes it into its own transaction, as a success; a request that is refused or
/// fails writes it afterwards, and so does a change whose site had the last word and refused.
/// </summary>
internal sealed partial class AuditTrail(Db db, Caller caller, TimeProvider clock, ILogger<AuditTrail> log) : IAuditTrail
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly Guid _id = Guid.CreateVersion7();
    private HttpContext? _http;
    private DateTime _began;
    private long _ticks;
    private string? _org;
    private int? _written;
    private bool _ended;

    /// <summary>Starts the clock of the entry.</summary>
    public void Begin(HttpContext http)
    {
        (_http, _began, _ticks) = (http, clock.Now(), Stopwatch.GetTimestamp());
        _org = ((string?)http.Request.RouteValues["org"])?.ToLowerInvariant();
    }

    public void About(string org) => _org ??= org;

    public async Task RecordChange(CancellationToken ct)
    {
        if (_http is null || _org is null)
        {
            return;
        }

        var status = _http.GetEndpoint()!.Metadata.OfType<IProducesResponseTypeMetadata>().First().StatusCode;
        await db.Execute(Sql.Of<AuditTrail>("Write"), await Entry(_http, status, ct), ct);
        _written = status;
    }

    /// <summary>Writes what is not written yet, once. The caller's going away does not stop it, and its failing does not fail the request.</summary>
    public async Task End()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        var status = _http!.Response.StatusCode;
        if (_org is null || status == _written || status == StatusCodes.Status413PayloadTooLarge)
        {
            return;
        }

        if (_written is not null && status == StatusCodes.Status499ClientClosedRequest)
        {
            // The change stands, though its caller did not stay to hear of it.
            return;
        }

        using var limit = new CancellationTokenSource(_patience);
        try
        {
            // Whatever the request left open is over: holding it while asking for another connection could use up the pool.
            await db.Rollback();
            await db.Execute(Sql.Of<AuditTrail>("Write"), await Entry(_http, status, limit.Token), limit.Token);
        }
        catch (Exception e)
        {
            Lost(log, e, _http.Request.Method, _http.Request.Path, status);
        }
    }

    private async Task<object> Entry(HttpContext http, int status, CancellationToken ct) => new
    {
        id = _id,
        endpoint = http.Request.Path.Value,
        queryParams = Query(http.Request.Query),
        method = http.Request.Method,
        body = IsKnown(http) ? await Body(http.Request, ct) : Secrets.Nothing,
        status,
        message = status >= 400 ? Secrets.Storable(http.Features.Get<AnsweredProblem>()?.Message ?? "") : "",
        clientIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
        userId = caller.UserId,
        org = _org,
        began = _began,
        durationMs = (long)Stopwatch.GetElapsedTime(_ticks).TotalMilliseconds,
        version = Build.Version,
    };

    /// <summary>True once it is known who asks: by a token of an issuer, or by a credential of the org's that the body carries.</summary>
    private bool IsKnown(HttpContext http) => caller.UserId is not null || http.Request.RouteValues["org"] is null;

    private static async Task<string> Body(HttpRequest request, CancellationToken ct)
    {
        try
        {
            request.Body.Position = 0;
            using var buffer = new MemoryStream();
            await request.Body.CopyToAsync(buffer, ct);
            return Secrets.Masked(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && request.HttpContext.Response.StatusCode >= 400)
        {
            // The caller went away before the body had come, or sent too much of it: the entry goes without.
            return Secrets.Nothing;
        }
    }

    private static string Query(IQueryCollection query) =>
        JsonSerializer.Serialize(query.ToDictionary(pair => Secrets.Storable(pair.Key), pair => pair.Value.Select(value => Secrets.Storable(value ?? "")).ToArray()));

    [LoggerMessage(Level = LogLevel.Error, Message = "The audit entry of {Method} {Path}, answered {Status}, could not be written")]
    private static partial void Lost(ILogger log, Exception e, string method, string path, int status);
}

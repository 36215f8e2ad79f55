using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Http;
using Npgsql;

namespace Nico.Audit.Trail;

/// <summary>
/// The entry of the present request. It is written when the request is let in, without a status: so it is there although the process
/// ends in the middle of it. A change completes it in its own transaction, as a success; a request that is refused or fails completes it
/// afterwards, and so does a change whose site had the last word and refused. Who is not let in leaves nothing in the trail of an
/// org that it only names: strangers could bury it.
/// </summary>
internal sealed partial class AuditTrail(Db db, Caller caller, AuditMeasures measures, TimeProvider clock, ILogger<AuditTrail> log) : IAuditTrail
{
    // With body and query (Secrets) these make an entry of at most 64 kB.
    private const int LongestPath = 1024;
    private const int LongestMessage = 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly Guid _id = Guid.CreateVersion7();
    private HttpContext? _http;
    private bool _isChange;
    private bool _isAdmitted;
    private DateTime _began;
    private long _ticks;
    private string? _org;
    private int? _written;
    private bool _ended;

    /// <summary>Status of an entry whose request is under way, or was when its process ended.</summary>
    public const int NotCompleted = 0;

    /// <summary>Starts the clock of the entry.</summary>
    public void Begin(HttpContext http, bool isChange)
    {
        (_http, _isChange, _began, _ticks) = (http, isChange, clock.Now(), Stopwatch.GetTimestamp());
        _org = ((string?)http.Request.RouteValues["org"])?.ToLowerInvariant();
    }

    public void About(string org) => _org ??= org;

    public async Task RecordAdmission(CancellationToken ct)
    {
        if (_http is null || !_isChange || _org is null || !IsKnown(_http))
        {
            return;
        }

        try
        {
            await db.Execute(Sql.Of<AuditTrail>("Admit"), Entry(_http, NotCompleted, Secrets.Nothing), ct);
            _isAdmitted = true;
        }
        catch (PostgresException e) when (!e.IsTransient)
        {
            // A change will fail for the same reason; what changes nothing may go on.
            Lost(log, e, _http.Request.Method, _http.Request.Path, NotCompleted);
        }
        finally
        {
            // The body has yet to come: nobody waits for it with a connection in hand.
            await db.Rollback();
        }
    }

    public async Task RecordChange(CancellationToken ct)
    {
        if (_http is null || !_isChange || _org is null)
        {
            return;
        }

        var status = SuccessOf(_http);
        await db.Execute(Sql.Of<AuditTrail>("Write"), Entry(_http, status, await Body(_http.Request, ct)), ct);
        _written = status;
    }

    public async Task RecordDisclosure(CancellationToken ct)
    {
        if (_http is null || _isChange || _org is null || _written is not null)
        {
            return;
        }

        var status = SuccessOf(_http);
        await db.Execute(Sql.Of<AuditTrail>("Write"), Entry(_http, status, Secrets.Nothing), ct);
        _written = status;
    }

    /// <summary>Writes what is not written yet, once. The caller's going away does not stop it, and its failing does not fail the request.</summary>
    public async Task End()
    {
        if (_ended || !_isChange)
        {
            return;
        }

        _ended = true;
        var status = _http!.Response.StatusCode;
        if (_org is null)
        {
            return;
        }

        if (!IsKnown(_http))
        {
            measures.Unidentified();
            return;
        }

        if (status == _written || (!_isAdmitted && status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests))
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
            await db.Execute(Sql.Of<AuditTrail>("Write"), Entry(_http, status, await Body(_http.Request, limit.Token)), limit.Token);
        }
        catch (Exception e)
        {
            Lost(log, e, _http.Request.Method, _http.Request.Path, status);
        }
    }

    private static int SuccessOf(HttpContext http) =>
        http.GetEndpoint()!.Metadata.OfType<IProducesResponseTypeMetadata>().FirstOrDefault()?.StatusCode ?? StatusCodes.Status200OK;

    private object Entry(HttpContext http, int status, string body) => new
    {
        id = _id,
        endpoint = Secrets.Path(http.Request.Path.Value ?? "", LongestPath),
        queryParams = Secrets.Masked(http.Request.Query),
        method = http.Request.Method,
        body,
        status,
        message = status switch
        {
            NotCompleted => "Not completed",
            >= 400 => Secrets.Text(http.Features.Get<AnsweredProblem>()?.Message ?? "", LongestMessage),
            _ => "",
        },
        clientIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
        userId = caller.UserId,
        org = _org,
        began = _began,
        durationMs = (long)Stopwatch.GetElapsedTime(_ticks).TotalMilliseconds,
        version = Build.ApiVersion,
    };

    /// <summary>True once it is known who asks: by a token of an issuer, or by a credential of the org's that the body carries.</summary>
    private bool IsKnown(HttpContext http) => caller.UserId is not null || http.Request.RouteValues["org"] is null;

    private static async Task<string> Body(HttpRequest request, CancellationToken ct)
    {
        try
        {
            var body = await RequestBody.Read(request.HttpContext, ct);
            return Secrets.Masked(body.IsSingleSegment ? body.FirstSpan : body.ToArray());
        }
        catch (Exception e) when (e is IOException or Problem or OperationCanceledException && request.HttpContext.Response.StatusCode >= 400)
        {
            // The caller went away before the body had come, sent too much of it or too slowly: the entry goes without.
            return Secrets.Nothing;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The audit entry of {Method} {Path}, answered {Status}, could not be written")]
    private static partial void Lost(ILogger log, Exception e, string method, string path, int status);
}

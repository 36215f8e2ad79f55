using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Secrets;

namespace Nico.Host.Http;

/// <summary>One log line and one set of measurements for every request under /v2. Source: spec/00-conventions.md, section 11.</summary>
internal sealed partial class RequestTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Nico.Api";

    private readonly RequestDelegate _next;
    private readonly ILogger _log;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _requestSize;
    private readonly Histogram<long> _responseSize;
    private readonly HashSet<string> _hosts;

    public RequestTelemetry(RequestDelegate next, ILogger<RequestTelemetry> log, IMeterFactory meters, IConfiguration configuration)
    {
        _next = next;
        _log = log;
        _hosts = new(configuration.GetSection("Http:Hosts").Get<string[]>() ?? [], StringComparer.OrdinalIgnoreCase);
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>("nico_api_requests", description: "Requests answered.");
        _duration = meter.CreateHistogram<double>(
            "nico_api_request_duration", "s", "Time from request to answer.", advice: new() { HistogramBucketBoundaries = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] });
        InstrumentAdvice<long> sizes = new() { HistogramBucketBoundaries = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 10 << 20] };
        _requestSize = meter.CreateHistogram("nico_api_request_size", "By", "Declared length of the body.", advice: sizes);
        _responseSize = meter.CreateHistogram("nico_api_response_size", "By", "Length of the answer.", advice: sizes);
    }

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments("/v2"))
        {
            await _next(http);
            return;
        }

        // What a caller can quote to whoever reads log and traces.
        http.Response.Headers["X-Ngc-Trace-Id"] = (Activity.Current?.TraceId ?? default).ToHexString();
        var started = Stopwatch.GetTimestamp();
        try
        {
            await _next(http);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            // Nothing below may let a request go without an answer.
            Unanswered(_log, e);
            await ErrorAnswer.WriteLast(http);
        }
        finally
        {
            Record(http, Stopwatch.GetElapsedTime(started));
        }
    }

    private void Record(HttpContext http, TimeSpan took)
    {
        var request = http.Request;
        var status = http.Response.StatusCode;
        var caller = http.RequestServices.GetRequiredService<Caller>();
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        if (route is not null)
        {
            var tags = new TagList
            {
                { "code", status },
                { "method", request.Method },
                // What callers write there would make a new series each time.
                { "host", Host(http) },
                { "url", route },
            };
            _requests.Add(1, tags);
            _duration.Record(took.TotalSeconds, tags);
            _requestSize.Record(request.ContentLength ?? 0, tags);
            _responseSize.Record(http.Response.ContentLength ?? 0, tags);
        }

        var level = status >= 500 ? LogLevel.Error : status >= 400 ? LogLevel.Warning : LogLevel.Information;
        Request(
            _log,
            level,
            request.Method,
            Shown(request.Path.Value, 256),
            Shown(request.Host.Value, 128),
            status,
            (long)took.TotalMilliseconds,
            caller.Org,
            http.GetEndpoint()?.Metadata.GetMetadata<RouteDocs>()?.OperationId,
            Activity.Current?.TraceId.ToString(),
            Shown(request.Headers["X-Request-Id"].ToString(), 64),
            http.Connection.RemoteIpAddress?.ToString(),
            Shown(request.Headers.UserAgent.ToString(), 128),
            request.ContentLength ?? 0,
            http.Response.ContentLength ?? 0,
            http.Features.Get<AnsweredProblem>() is { } problem ? Shown(problem.Message, 512) : null);
    }

    /// <summary>The name that was asked for: one of the configured ones, or the address that the request came in by.</summary>
    private string Host(HttpContext http) =>
        _hosts.TryGetValue(http.Request.Host.Host, out var name) ? name
        : http.Connection is { LocalIpAddress: { } address, LocalPort: var port } && http.Request.Host.Value == new IPEndPoint(address, port).ToString()
            ? http.Request.Host.Value
        : "other";

    /// <summary>What a caller sent, fit for a line: one member of it must not hide the others.</summary>
    private static string Shown(string? text, int longest) => Text.Printable(UrlSecrets.Masked(text ?? ""), longest);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed outside of its handling")]
    private static partial void Unanswered(ILogger log, Exception e);

    [LoggerMessage(Message = "{Method} {Path} {Status} {Milliseconds} ms host={Host} org={Org} operation={Operation} trace={Trace} request={RequestId} ip={Ip} agent={Agent} received={Received} sent={Sent} error={Error}")]
    private static partial void Request(
        ILogger log, LogLevel level, string method, string path, string? host, int status, long milliseconds, string org, string? operation, string? trace,
        string requestId, string? ip, string agent, long received, long sent, string? error);
}

using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Host.Http;

/// <summary>
/// Gives the usual error body to what Kestrel refuses before there is a request: headers that are too long or too many, a line that is
/// too long, whatever is no HTTP. Kestrel itself answers these with the status alone.
/// </summary>
internal sealed class ServerRefusals(LimitOptions limits) : IObserver<KeyValuePair<string, object?>>
{
    /// <summary>Headers that a request may have: Kestrel's own limit.</summary>
    public const int MostHeaders = 100;

    /// <summary>Bytes of the first line of a request: Kestrel's own limit.</summary>
    public const int LongestLine = 8 << 10;

    private const string Refused = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Puts itself between a connection and what is written to it.</summary>
    public static Func<ConnectionDelegate, ConnectionDelegate> Watch { get; } = next => async connection =>
    {
        var transport = connection.Transport;
        var writer = new AnswerWriter(transport.Output);
        connection.Features.Set(writer);
        connection.Transport = new Pipes(transport.Input, writer);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    /// <summary>Hears from Kestrel what it refuses, before it answers.</summary>
    public void Hear(DiagnosticListener kestrel) => kestrel.Subscribe(this, name => name == Refused);

    public void OnNext(KeyValuePair<string, object?> refusal)
    {
        if (refusal.Value is IFeatureCollection features
            && features.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException { StatusCode: var status }
            && features.Get<IHttpResponseFeature>() is { HasStarted: false })
        {
            features.Get<AnswerWriter>()?.Instead(Answer(status));
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private byte[] Answer(int status)
    {
        var error = new JsonObject { ["source"] = ErrorAnswer.Source, ["message"] = Message(status), ["data"] = null };
        var body = Encoding.UTF8.GetBytes(error.ToJsonString(Wire.Json));
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}
            Content-Type: application/json
            Content-Length: {body.Length}
            Cache-Control: no-store
            X-Content-Type-Options: nosniff
            Connection: close


            """);
        return [.. Encoding.ASCII.GetBytes(head.ReplaceLineEndings("\r\n")), .. body];
    }

    private string Message(int status) => status switch
    {
        StatusCodes.Status431RequestHeaderFieldsTooLarge =>
            FormattableString.Invariant($"The headers are longer than {limits.HeadersBytes} bytes, or more than {MostHeaders}"),
        StatusCodes.Status414UriTooLong => FormattableString.Invariant($"The line of the request is longer than {LongestLine} bytes"),
        StatusCodes.Status408RequestTimeout => "The request did not come in time",
        StatusCodes.Status413PayloadTooLarge => BodyLimit.Message(limits),
        StatusCodes.Status505HttpVersionNotsupported => "This version of HTTP is not spoken here",
        _ => "The request could not be read",
    };

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>What is written to a connection, as it is; once it has an answer of its own, that instead of whatever follows.</summary>
internal sealed class AnswerWriter(PipeWriter connection) : PipeWriter
{
    private bool _isAnswered;

    /// <summary>Writes this answer, the last of the connection.</summary>
    public void Instead(ReadOnlySpan<byte> answer)
    {
        if (!_isAnswered)
        {
            connection.Write(answer);
            _isAnswered = true;
        }
    }

    public override bool CanGetUnflushedBytes => connection.CanGetUnflushedBytes;

    public override long UnflushedBytes => connection.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        _isAnswered ? new byte[Math.Max(sizeHint, 1024)] : connection.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (!_isAnswered)
        {
            connection.Advance(bytes);
        }
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        _isAnswered ? connection.FlushAsync(cancellationToken) : connection.WriteAsync(source, cancellationToken);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        connection.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => connection.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => connection.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => connection.CompleteAsync(exception);
}

using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Nico.SiteLink.Connections;

/// <summary>Opens channels to controllers: HTTP/2, mutual TLS where certificates are configured or came with a pairing.</summary>
internal static class Channels
{
    /// <summary>Kilobytes of headers and trailers that an answer may have: the text of a status is in them, and is cut once its code is known.</summary>
    private const int LongestHeaders = 2048;

    private static readonly TimeSpan _connect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _ping = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pong = TimeSpan.FromSeconds(10);

    /// <summary>A channel to <paramref name="core"/>.</summary>
    /// <param name="core">Where the controller is.</param>
    /// <param name="tls">How handshakes are made; null without TLS.</param>
    /// <param name="addresses">Where controllers may be.</param>
    /// <param name="maxMessage">Longest answer in bytes.</param>
    /// <param name="before">Done before each connection is made; when it fails there is none.</param>
    public static GrpcChannel Open(Uri core, ControllerTls? tls, ControllerAddresses addresses, int maxMessage, Func<CancellationToken, Task>? before = null)
    {
        var handler = new SocketsHttpHandler
        {
            // With a callback of its own the channel keeps no pauses between attempts to connect: those are the circuit's.
            ConnectCallback = async (context, ct) =>
            {
                await (before?.Invoke(ct) ?? Task.CompletedTask);
                return await Connect(context.DnsEndPoint, addresses, ct);
            },
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = _ping,
            KeepAlivePingTimeout = _pong,
#pragma warning disable CA2262 // Kilobytes are meant.
            MaxResponseHeadersLength = LongestHeaders,
#pragma warning restore CA2262
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        if (tls is not null)
        {
            handler.SslOptions = tls.Options;
        }

        return GrpcChannel.ForAddress(core, new GrpcChannelOptions
        {
            HttpHandler = new GrpcOnly(handler),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = maxMessage,
        });
    }

    /// <summary>When the files of <paramref name="address"/> were last written, how long they are and who may read them.</summary>
    public static string Stamp(SiteAddress address) => string.Join('|', Files(address).Select(path =>
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}:{file.UnixFileMode}" : "none";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "unknown";
        }
    }));

    /// <summary>
    /// True when a failed call cannot have reached the site: no connection was made for it. Everything else may have had its
    /// effect, a connection lost in the middle of a call included.
    /// </summary>
    public static bool NeverArrived(RpcException e) =>
        e.Status.DebugException is SiteUnreachableException
        || e.Status.DebugException is SocketException
        || e.Status.DebugException is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };

    /// <summary>
    /// True when no controller has answered, whatever the code: none that can be reached, none in time, or something else in its place, such as a
    /// proxy. A refusal is an answer.
    /// </summary>
    /// <param name="e">How the call ended.</param>
    /// <param name="isCancelled">True when it was cancelled here.</param>
    public static bool IsNoAnswer(RpcException e, bool isCancelled) => !isCancelled && e.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.Unauthenticated or StatusCode.DeadlineExceeded => true,

        // What the client makes of an answer without a status, or with one that is none.
        StatusCode.Cancelled => true,
        StatusCode.ResourceExhausted => false,
        _ => e.Status.DebugException is not (null or InvalidProtocolBufferException),
    };

    /// <summary>Why there was no answer: as it was said here, wherever in the exceptions that is.</summary>
    public static string Reason(RpcException e) => Find<SiteUnreachableException>(e)?.Message ?? e.Status.Detail;

    /// <summary>The exception of this type that is the cause of the failure.</summary>
    public static T? Find<T>(RpcException e)
        where T : Exception
    {
        for (var cause = e.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is T found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The failure of a call that could not even be tried.</summary>
    public static RpcException Unreachable(string why, Exception? cause = null, bool isCertain = false) =>
        new(new Status(StatusCode.Unavailable, why, new SiteUnreachableException(why, cause) { IsCertain = isCertain }));

    private static async ValueTask<Stream> Connect(DnsEndPoint controller, ControllerAddresses addresses, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_connect);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(await addresses.Permitted(controller, limit.Token), controller.Port, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Files(SiteAddress address) =>
        new[] { address.ClientCertificate, address.ClientKey, address.Authority }.OfType<string>();

    /// <summary>Takes nothing for an answer that is not of gRPC: a proxy, or a server of something else.</summary>
    private sealed class GrpcOnly(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const int LongestType = 100;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            var type = response.Content.Headers.ContentType?.MediaType ?? "no content type";
            if (response.StatusCode == HttpStatusCode.OK && type.StartsWith("application/grpc", StringComparison.Ordinal))
            {
                return response;
            }

            response.Dispose();
            var why = $"What answers is no controller: HTTP {(int)response.StatusCode}, {SiteText.Of(type, LongestType)}";
            throw new RpcException(new Status(StatusCode.Unavailable, why, new NoControllerException(why)));
        }
    }
}

/// <summary>Why a call could not even be tried.</summary>
internal sealed class SiteUnreachableException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>True when another try would end alike until somebody has done something about it.</summary>
    public bool IsCertain { get; init; }
}

/// <summary>Something answers that is no controller. What it did with the call is not known.</summary>
internal sealed class NoControllerException(string message) : Exception(message);

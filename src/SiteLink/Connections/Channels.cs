using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Nico.SiteLink.Connections;

/// <summary>Opens channels to controllers: HTTP/2, mutual TLS where certificates are configured or came with a pairing.</summary>
internal static class Channels
{
    private static readonly TimeSpan _connect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _ping = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pong = TimeSpan.FromSeconds(10);

    /// <summary>A channel to <paramref name="address"/>. Throws when the certificate files cannot be used.</summary>
    public static GrpcChannel Open(SiteAddress address, ControllerAddresses addresses, int maxMessage)
    {
        var handler = new SocketsHttpHandler
        {
            // With a callback of its own the channel keeps no pauses between attempts to connect: those are the circuit's.
            ConnectCallback = (context, ct) => Connect(context.DnsEndPoint, addresses, ct),
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = _ping,
            KeepAlivePingTimeout = _pong,
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        try
        {
            if (address.Core.Scheme == Uri.UriSchemeHttps)
            {
                handler.SslOptions = Tls(address);
            }
        }
        catch
        {
            handler.Dispose();
            throw;
        }

        return GrpcChannel.ForAddress(address.Core, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = maxMessage,
        });
    }

    /// <summary>When the files of <paramref name="address"/> were last written, and how long they are.</summary>
    public static string Stamp(SiteAddress address) => string.Join('|', Files(address).Select(path =>
    {
        var file = new FileInfo(path);
        return file.Exists ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "none";
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

    /// <summary>The failure of a call that could not even be tried.</summary>
    public static RpcException Unreachable(string why, Exception? cause = null) =>
        new(new Status(StatusCode.Unavailable, why, new SiteUnreachableException(why, cause)));

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

    private static string? Text(string? file) => file is null ? null : File.ReadAllText(file);

    private static SslClientAuthenticationOptions Tls(SiteAddress address)
    {
        var tls = new SslClientAuthenticationOptions();
        var (certificate, key) = address.Credentials is { } given
            ? (given.ClientCertificate, given.ClientKey)
            : (Text(address.ClientCertificate), Text(address.ClientKey));
        if (certificate is not null && key is not null)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificate);
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificate, key), [.. chain.Skip(1)], offline: true);
        }

        if ((address.Credentials is { } pem ? pem.Authority : Text(address.Authority)) is { } authority)
        {
            var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trusted.CustomTrustStore.ImportFromPem(authority);
            if (trusted.CustomTrustStore.Count == 0)
            {
                throw new System.Security.Cryptography.CryptographicException($"There is no certificate in {address.Authority ?? "what the pairing brought"}");
            }

            tls.CertificateChainPolicy = trusted;
        }

        return tls;
    }
}

/// <summary>Why a call could not even be tried.</summary>
internal sealed class SiteUnreachableException(string message, Exception? cause) : Exception(message, cause);

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Nico.SiteSimulator.Serving;

/// <summary>The web server of a site: gRPC on one port of the loopback interface, the control endpoint on another.</summary>
internal sealed class SiteServer : IAsyncDisposable
{
    // A list of 50,000 machine ids, or a hundred machines with all their parts.
    private const int LargestMessage = 64 << 20;

    private readonly WebApplication _app;

    private SiteServer(WebApplication app) => _app = app;

    public Uri Core { get; private set; } = null!;

    public Uri? Control { get; private set; }

    public string ControlToken { get; private init; } = "";

    public static async Task<SiteServer> Start(Controller site, CallLog log, ILoggerFactory logs, CancellationToken ct)
    {
        var options = site.Options;
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "Nico.SiteSimulator" });
        builder.Services.AddSingleton<ILoggerFactory>(new QuietLoggers(logs));
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton<IHostLifetime, Unattended>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestMessage;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => Serve(listen, options));
            if (options.ControlPort >= 0)
            {
                kestrel.Listen(IPAddress.Loopback, options.ControlPort, listen => listen.Protocols = HttpProtocols.Http1);
            }
        });
        if (options.ServerCertificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.AddSingleton(site);
        builder.Services.AddSingleton(log);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = LargestMessage;
            grpc.MaxSendMessageSize = null;
        });
        builder.Services.AddSingleton<CoreService>();
        builder.Services.AddSingleton<IServiceMethodProvider<CoreService>, FrameCalls>();
        builder.Services.AddSingleton<SiteHealth>();
        builder.Services.AddGrpcReflection();
        builder.Services.Replace(ServiceDescriptor.Singleton<IMeterFactory, OwnMeters>());
        builder.Services.Replace(ServiceDescriptor.Singleton(new ActivitySource("Nico.SiteSimulator")));

        var app = builder.Build();
        var server = new SiteServer(app) { ControlToken = Serving.ControlToken.Of(options.StateFolder) };
        try
        {
            var control = 0;
            app.MapWhen(
                context => control != 0 && context.Connection.LocalPort == control,
                branch => branch.Run(new ControlEndpoint(site, log, server.ControlToken).Answer));
            app.MapGrpcService<CoreService>().Add(FrameCalls.Order);
            app.MapGrpcService<SiteHealth>();
            app.MapGrpcReflectionService();
            await app.StartAsync(ct);
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
            server.Core = new Uri(addresses[0]);
            if (addresses.Count > 1)
            {
                server.Control = new Uri(addresses[1]);
                control = server.Control.Port;
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Breaks every connection at once.</summary>
    public async Task Kill()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static void Serve(ListenOptions listen, SimulatorOptions options)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (options.ServerCertificate is not { } certificate)
        {
            return;
        }

        var own = new PemFiles<X509Certificate2>([certificate, options.ServerKey ?? certificate], () => Loaded(certificate, options.ServerKey));
        var authorities = options.ClientAuthority is { } authority
            ? new PemFiles<X509Certificate2Collection>([authority], () =>
            {
                var all = new X509Certificate2Collection();
                all.ImportFromPemFile(authority);
                return all;
            })
            : null;
        _ = own.Current;
        listen.UseHttps(https =>
        {
            https.ServerCertificateSelector = (_, _) => own.Current;
            if (authorities is not null)
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (client, chain, _) => Signed(client, chain, authorities.Current);
            }
        });
    }

    // A key that comes from PEM is not found again by the TLS library of some systems; through PKCS #12 it is.
    private static X509Certificate2 Loaded(string certificate, string? key)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key ?? certificate);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private static bool Signed(X509Certificate2 client, X509Chain? given, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (given is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(given.ChainPolicy.ExtraStore);
        }

        return chain.Build(client);
    }

    /// <summary>What is in files, read again when one of them changes.</summary>
    private sealed class PemFiles<T>(IReadOnlyList<string> paths, Func<T> load)
    {
        private readonly Lock _gate = new();
        private (DateTime Written, T Value)? _loaded;

        public T Current
        {
            get
            {
                lock (_gate)
                {
                    var written = paths.Max(File.GetLastWriteTimeUtc);
                    if (_loaded is not { } loaded || loaded.Written != written)
                    {
                        _loaded = (written, load());
                    }

                    return _loaded.Value.Value;
                }
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Nico.Hardware.Contracts;
using Nico.Host.Authentication;
using Nico.Host.Database;
using Nico.Host.Http;
using Nico.Host.Operations;
using Nico.Host.Secrets;
using Nico.SharedKernel.Limits;

namespace Nico.Host;

/// <summary>What a server is told by whoever starts it, beyond its configuration.</summary>
internal sealed record ServerSettings
{
    /// <summary>The database.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The development issuer; null with a configured database.</summary>
    public Issuer? Development { get; init; }

    /// <summary>Sites besides those of the configuration: the simulated one.</summary>
    public IReadOnlyList<ConfiguredSite> Sites { get; init; } = [];

    /// <summary>Configuration values that come before all others: the command line's.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; init; } = new Dictionary<string, string?>();

    /// <summary>True to lay out the routes only: nothing runs beside them.</summary>
    public bool RoutesOnly { get; init; }

    /// <summary>The time; tests move it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>One server process: listeners, logging, and the API behind them.</summary>
internal static class NicoServer
{
    /// <summary>How long a stop waits for requests and calls in flight.</summary>
    public static readonly TimeSpan Drain = TimeSpan.FromSeconds(25);

    /// <summary>The configuration as a server reads it: appsettings.json in the working directory, environment, overrides.</summary>
    public static IConfigurationRoot Configuration(IReadOnlyDictionary<string, string?> overrides) => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(Environment.CurrentDirectory, "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .AddInMemoryCollection(overrides)
        .Build();

    /// <summary>Builds the server. It listens once it is started.</summary>
    public static WebApplication Build(ServerSettings settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Overrides);
        var sites = Sites(builder.Configuration).Concat(settings.Sites).ToArray();
        Listen(builder);
        Log(builder);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Drain);
        builder.Services.AddSingleton(settings.Clock);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton(provider => new Preparation(
            settings.ConnectionString,
            sites,
            provider.GetRequiredService<Readiness>(),
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<Primaries>(),
            provider.GetRequiredService<DatabaseWatch>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILogger<Preparation>>()));
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Preparation>());
        builder.AddNicoApi(settings.ConnectionString, settings.Development, sites);
        builder.AddSecrets(areNeeded: !settings.RoutesOnly);
        if (settings.RoutesOnly)
        {
            builder.Services.RemoveAll<IHostedService>();
        }

        var app = builder.Build();
        app.UseNicoApi();
        new ServerRefusals(app.Services.GetRequiredService<IOptions<LimitOptions>>().Value)
            .Hear(app.Services.GetRequiredService<DiagnosticListener>());
        return app;
    }

    /// <summary>Prepares the database if it can be reached, then listens.</summary>
    /// <exception cref="ConfigurationProblem">The configuration or the database cannot be used.</exception>
    public static async Task Start(WebApplication app, CancellationToken ct)
    {
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            await app.Services.GetRequiredService<Preparation>().Try(ct);
            await app.StartAsync(ct);
        }
        catch (Exception e) when (WrongValues(e) is { } sentence)
        {
            throw new ConfigurationProblem(sentence);
        }
    }

    /// <summary>What is wrong with values of the configuration; null for any other failure.</summary>
    private static string? WrongValues(Exception e) => e switch
    {
        OptionsValidationException wrong => string.Join("; ", wrong.Failures),

        // What the binder cannot read: its message names value and key.
        InvalidOperationException { InnerException: not null } when e.GetBaseException() is FormatException or OverflowException => e.Message,
        AggregateException several when several.InnerExceptions.All(each => WrongValues(each) is not null) =>
            string.Join("; ", several.InnerExceptions.Select(WrongValues)),
        _ => null,
    };

    /// <summary>Serves until the process is told to stop, and drains.</summary>
    /// <exception cref="ConfigurationProblem">It stopped by itself: the database cannot be used.</exception>
    public static async Task Serve(WebApplication app, CancellationToken ct)
    {
        await app.WaitForShutdownAsync(ct);
        if (app.Services.GetRequiredService<Preparation>().Failure is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>The sites that the configuration names.</summary>
    public static IReadOnlyList<ConfiguredSite> Sites(IConfiguration configuration) =>
        [.. configuration.Entries<SiteOptions>("Sites").Select(site => site.Checked())];

    private static void Listen(WebApplicationBuilder builder)
    {
        var limits = RequestLimits.From(builder.Configuration);
        var http = builder.Configuration.GetSection("Http");
        var address = Address(http["Address"] ?? "127.0.0.1", "Http:Address");
        var metricsAddress = Address(http["MetricsAddress"] ?? "127.0.0.1", "Http:MetricsAddress");
        var port = Port(http["Port"] ?? "8388", "Http:Port");
        var metricsPort = Port(http["MetricsPort"] ?? "9360", "Http:MetricsPort");
        if (CertificateFiles.From(builder.Configuration) is { } certificate)
        {
            _ = certificate.Checked();
            builder.Services.AddSingleton(certificate).AddSingleton<ServerCertificate>();
        }

        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;

            // A body waits in Kestrel until it is asked for: little of it, for there may be many. Headers wait there as a whole.
            kestrel.Limits.MaxRequestBufferSize = Math.Max(64 << 10, limits.HeadersBytes);
            kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeadersBytes;
            kestrel.Limits.MaxRequestHeaderCount = ServerRefusals.MostHeaders;
            kestrel.Limits.MaxRequestLineSize = ServerRefusals.LongestLine;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BodyRate, TimeSpan.FromSeconds(10));
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(3);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
            kestrel.Listen(address, port, listener => Serve(listener, kestrel.ApplicationServices.GetService<ServerCertificate>()));
            kestrel.Listen(metricsAddress, metricsPort, listener => listener.Use(OperatorsConnection.Mark).Use(ServerRefusals.Watch));
        });
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            // Nobody is believed about whom they speak for, unless the configuration names them.
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var proxy in http.GetSection("TrustedProxies").Get<string[]>() ?? [])
            {
                var network = proxy.Contains('/', StringComparison.Ordinal) ? proxy : proxy + (proxy.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");
                options.KnownIPNetworks.Add(System.Net.IPNetwork.TryParse(network, out var parsed)
                    ? parsed
                    : throw new ConfigurationProblem($"Http:TrustedProxies: '{proxy}' is no address and no network"));
                options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            }
        });
    }

    /// <summary>
    /// The API's port: TLS and nothing else where there is a certificate. HTTP/1.1, as without TLS: what is refused has a body there.
    /// </summary>
    private static void Serve(ListenOptions listener, ServerCertificate? certificate)
    {
        listener.Protocols = HttpProtocols.Http1;
        if (certificate is not null)
        {
            listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => certificate.Secure() });
        }

        listener.Use(ServerRefusals.Watch);
    }

    private static void Log(WebApplicationBuilder builder)
    {
        var logging = builder.Logging;
        logging.ClearProviders();
        if (builder.Configuration["Logging:Console:FormatterName"] is null && !Console.IsOutputRedirected)
        {
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "HH:mm:ss.fff ";
            });
        }
        else
        {
            logging.AddConsole(options => options.FormatterName = builder.Configuration["Logging:Console:FormatterName"] ?? BoundedJsonFormatter.FormatterName);
            logging.AddConsoleFormatter<BoundedJsonFormatter, ConsoleFormatterOptions>();
        }

        foreach (var quiet in new[] { "Microsoft", "System.Net.Http", "Grpc", "FastEndpoints" })
        {
            if (builder.Configuration["Logging:LogLevel:" + quiet] is null)
            {
                logging.AddFilter(quiet, LogLevel.Warning);
            }
        }
    }

    private static IPAddress Address(string text, string key) =>
        IPAddress.TryParse(text, out var address) ? address : throw new ConfigurationProblem($"{key}: '{text}' is no IP address");

    private static int Port(string text, string key) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new ConfigurationProblem($"{key}: '{text}' is no port");
}

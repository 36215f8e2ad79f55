using FastEndpoints;
using MediatR;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Nico.Audit;
using Nico.Compute;
using Nico.Hardware;
using Nico.Hardware.Contracts;
using Nico.Host.Authentication;
using Nico.Host.Database;
using Nico.Host.Http;
using Nico.Host.OpenApi;
using Nico.Host.Operations;
using Nico.Host.Secrets;
using Nico.Identity;
using Nico.Networking;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Retention;
using Nico.SiteLink;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Scalar.AspNetCore;

namespace Nico.Host;

/// <summary>The API itself: what it is made of, and the way of a request through it.</summary>
internal static class NicoApi
{
    /// <summary>What every operation's route begins with.</summary>
    private const string RoutePrefix = $"v2/org/{{org}}/{ApiNames.OfRoutes}";

    private static readonly System.Reflection.Assembly[] _modules =
    [
        typeof(IdentityModule).Assembly,
        typeof(NetworkingModule).Assembly,
        typeof(ComputeModule).Assembly,
        typeof(HardwareModule).Assembly,
        typeof(AuditModule).Assembly,
    ];

    /// <summary>Registers modules, site link, pipeline and telemetry.</summary>
    public static void AddNicoApi(
        this WebApplicationBuilder builder, string connectionString, Issuer? development, IReadOnlyList<ConfiguredSite> sites)
    {
        var services = builder.Services;
        services.AddDatabase(connectionString);
        services.AddScoped<Db>();
        services.AddScoped<Caller>();
        services.AddSingleton(ApiNames.From(builder.Configuration));

        services.AddScoped<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddScoped<IMediator, Mediator>();
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(TransactionBehavior<,>));
        services.Scan(scan => scan.FromAssemblies(_modules)
            .AddClasses(c => c.AssignableTo(typeof(IRequestHandler<,>)), publicOnly: false).AsImplementedInterfaces().WithScopedLifetime()
            .AddClasses(c => c.AssignableTo(typeof(INotificationHandler<>)), publicOnly: false).AsImplementedInterfaces().WithScopedLifetime()
            .AddClasses(c => c.AssignableTo<ISiteInventory>(), publicOnly: false).As<ISiteInventory>().WithScopedLifetime()
            .AddClasses(c => c.AssignableTo<IDriftAdoption>(), publicOnly: false).As<IDriftAdoption>().WithScopedLifetime());
        services.AddIdentity().AddNetworking().AddCompute().AddHardware().AddAudit();
        services.AddRetention();
        services.AddRequestLimits(builder.Configuration);
        services.AddSiteLink(options =>
        {
            builder.Configuration.GetSection(SiteLinkOptions.Section).Bind(options);
            options.ControllerNetworks = ControllerNetworks.From(builder.Configuration, development is not null);
            foreach (var site in sites)
            {
                options.ConfiguredControllers.Add(SiteLinkOptions.EndpointOf(site.Address.Core));
            }
        });
        services.AddOptions<SiteLinkOptions>().Configure<IServer>((options, server) => options.OwnPorts = () =>
            [.. server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(address => BindingAddress.Parse(address).Port) ?? []]);
        services.AddFastEndpoints(options =>
        {
            options.Assemblies = _modules;
            options.DisableAutoDiscovery = true;
        });

        var tokens = TokenOptions.From(builder.Configuration);
        var issuers = IssuersFrom(builder.Configuration, tokens, development);
        services.AddHttpClient(nameof(FetchedKeys), client => client.MaxResponseContentBufferSize = FetchedKeys.LongestKeySet);
        services.AddSingleton(tokens);
        services.AddSingleton(provider => issuers(provider));
        services.AddSingleton<IssuerHealth>();
        services.AddSingleton<OperatorAccess>();
        services.AddBearerTokens();
        services.AddApiDocument();
        AddTelemetry(builder);
    }

    /// <summary>Lays the way of a request, outermost first.</summary>
    public static void UseNicoApi(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<RequestTelemetry>();
        app.UseMiddleware<CorsAndSecurityHeaders>();
        app.UseMiddleware<BodyLimit>();
        app.Services.GetRequiredService<ApiNames>().UseRouting(app);
        app.UseMiddleware<ServedRoutes>();
        app.UseAudit();
        app.UseMiddleware<ErrorMapping>();
        app.UseMiddleware<Gate>();
        app.UseAuthentication();
        app.UseMiddleware<Admission>();
        app.UseRateLimiter();
        app.UseAuditAdmission();
        app.UseMiddleware<FairShare>();
        app.UseAuthorization();
        app.UseFastEndpoints(config =>
        {
            config.Endpoints.RoutePrefix = RoutePrefix;
            config.Endpoints.ShortNames = true;
            config.Serializer.Options.Configure();
        });
        app.MapHealth();
        app.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new OperatorsOnly());
        app.MapKeys();
        app.MapSitePairing().WithMetadata(new OpenRoute());
        app.MapSiteLinkOperations().WithMetadata(new OperatorsOnly(), new AuditedRoute()).AddEndpointFilter<IEndpointConventionBuilder, OperatorChanges>();
        app.MapApiDocument();
        app.MapScalarApiReference(CorsAndSecurityHeaders.Reference, options => options
            .WithTitle("Nico REST API")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .AddDocument(ApiDocument.Name)
            .DisableDefaultFonts()
            .DisableTelemetry()
            .WithNonce())
            .WithMetadata(new OpenRoute());
    }

    private static void Configure(this System.Text.Json.JsonSerializerOptions options) => Wire.Configure(options);

    /// <summary>Checks the configuration now, so that a wrong one stops the start; the keys are fetched when they are needed.</summary>
    private static Func<IServiceProvider, Issuers> IssuersFrom(ConfigurationManager configuration, TokenOptions tokens, Issuer? development)
    {
        var configured = configuration.Entries<IssuerOptions>("Issuers");
        var disconnected = configuration.Value("Env:Disconnected", false);
        if (configured.Count == 0 && development is null)
        {
            throw new ConfigurationProblem("No token issuer is configured: set Issuers (docs/configuration.md)");
        }

        _ = Issuers.From(configured, disconnected, development, (_, _) => new FixedKeys([]));
        return provider => Issuers.From(configured, disconnected, development, (options, timeout) => new FetchedKeys(
            options.Name,
            new Uri(options.Jwks),
            timeout,
            tokens.KeysTrustedFor,
            provider.GetRequiredService<IHttpClientFactory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<FetchedKeys>>()));
    }

    private static void AddTelemetry(WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("nico", serviceVersion: Build.Version))
            .WithMetrics(metrics => metrics
                .AddMeter(
                    RequestTelemetry.MeterName,
                    IssuerHealth.MeterName,
                    AuditModule.MeterName,
                    HardwareModule.MeterName,
                    RetentionServices.MeterName,
                    DatabaseWatch.MeterName,
                    "Nico.SiteLink",
                    "Npgsql")
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = http => http.Request.Path.StartsWithSegments("/v2"))
                .AddNpgsql()
                .AddSource("Nico.SiteLink")
                .AddOtlpExporter());
        }
    }
}

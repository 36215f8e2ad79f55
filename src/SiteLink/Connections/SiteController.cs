using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink.Connections;

/// <summary>A site's controller as this process reaches it: the channel, whether it answers, and what it says of its limits.</summary>
internal sealed partial class SiteController(
    Guid siteId, SiteAddress address, SiteLinkOptions options, ControllerAddresses addresses, Telemetry telemetry, TimeProvider clock, Action<SiteController> changed, ILogger log)
    : IDisposable
{
    /// <summary>How long a channel that was replaced stays open for the calls that are still on it.</summary>
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _limitsHold = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _probeDeadline = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private GrpcChannel? _channel;
    private CallInvoker? _invoker;
    private string _stamp = "";
    private long _looked;
    private int _maxFindByIds;
    private long _limitsRead;

    /// <summary>The site.</summary>
    public Guid SiteId { get; } = siteId;

    /// <summary>Where the controller is.</summary>
    public SiteAddress Address { get; private set; } = address;

    /// <summary>Whether it answers.</summary>
    public Circuit Circuit { get; } = new(clock, options);

    /// <summary>Calls on the present channel. Throws <see cref="RpcException"/> when there can be none.</summary>
    public CallInvoker Invoker()
    {
        lock (_gate)
        {
            if (_invoker is null || clock.GetElapsedTime(_looked) >= options.CertificateCheck)
            {
                _looked = clock.GetTimestamp();
                Renew();
            }

            return _invoker!;
        }
    }

    /// <summary>The controller, for what works without the database.</summary>
    public Forge.ForgeClient Core() => new(Invoker());

    /// <summary>The controller, for a scope whose <paramref name="db"/> must hold no connection meanwhile.</summary>
    public Forge.ForgeClient Core(Db db) => new(Invoker().Intercept(new NoConnectionHeld(db)));

    /// <summary>The same, for as long as <paramref name="isOurs"/>: what is no longer this process's to say is not said.</summary>
    public Forge.ForgeClient Core(Db db, Func<bool> isOurs) => new(Invoker().Intercept(new LeaseHeld(isOurs)).Intercept(new NoConnectionHeld(db)));

    /// <summary>Most ids that one call may ask for, as the controller says; it is asked again now and then.</summary>
    public async Task<int> MaxFindByIds(CancellationToken ct)
    {
        if (_maxFindByIds == 0 || clock.GetElapsedTime(_limitsRead) > _limitsHold)
        {
            var version = await Core().VersionAsync(new VersionRequest { DisplayConfig = true }, cancellationToken: ct);
            if (version.RuntimeConfig is not { MaxFindByIds: > 0 })
            {
                SaysNoLimit(log, SiteId);
            }

            _maxFindByIds = (int)Math.Clamp(version.RuntimeConfig?.MaxFindByIds ?? 1, 1, 10_000);
            _limitsRead = clock.GetTimestamp();
        }

        return _maxFindByIds;
    }

    /// <summary>Asks the controller whether it is there.</summary>
    public async Task Probe(CancellationToken ct)
    {
        try
        {
            await Core().VersionAsync(new VersionRequest(), deadline: DateTime.UtcNow + _probeDeadline, cancellationToken: ct);
        }
        catch (RpcException)
        {
            // The circuit has taken note.
        }
    }

    /// <summary>Takes note of how a call ended.</summary>
    public void Note(StatusCode code, string detail)
    {
        if (!Circuit.Note(code, detail))
        {
            return;
        }

        telemetry.Up(SiteId, !Circuit.IsOpen);
        if (Circuit.IsOpen)
        {
            FellSilent(log, SiteId, Circuit.LastFailure);
        }
        else
        {
            Answers(log, SiteId);
        }

        changed(this);
    }

    /// <summary>The controller has moved.</summary>
    public void MoveTo(SiteAddress address)
    {
        lock (_gate)
        {
            Address = address;
            _stamp = "";
            _maxFindByIds = 0;
            Retire();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Retire();
        }
    }

    private void Renew()
    {
        var stamp = Channels.Stamp(Address);
        if (_channel is not null && stamp == _stamp)
        {
            return;
        }

        GrpcChannel fresh;
        try
        {
            fresh = Channels.Open(Address, addresses, options.MaxMessage);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            CertificatesUnusable(log, SiteId, e.Message);

            // Files that are just being replaced: the old channel goes on, and the next look may find a pair that fits.
            if (_channel is not null)
            {
                return;
            }

            throw Channels.Unreachable("The certificate files cannot be used: " + e.Message, e);
        }

        Retire();
        (_channel, _stamp) = (fresh, stamp);
        _invoker = fresh.CreateCallInvoker().Intercept(new CallRules(this, options.CallDeadline, telemetry));
    }

    private void Retire()
    {
        if (_channel is { } old)
        {
            _ = Task.Delay(_farewell, clock).ContinueWith(_ => old.Dispose(), TaskScheduler.Default);
        }

        (_channel, _invoker) = (null, null);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} does not answer ({Failure}); only probes are sent until it does")]
    private static partial void FellSilent(ILogger log, Guid siteId, string? failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Site {SiteId} answers again")]
    private static partial void Answers(ILogger log, Guid siteId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The certificate files of site {SiteId} cannot be used: {Reason}")]
    private static partial void CertificatesUnusable(ILogger log, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} does not say how many ids a call may have; objects are read one by one")]
    private static partial void SaysNoLimit(ILogger log, Guid siteId);
}

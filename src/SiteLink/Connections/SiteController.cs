using System.Net;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink.Connections;

/// <summary>A site's controller as this process reaches it: the channel, whether it answers, who it is, and what it says of its limits.</summary>
internal sealed partial class SiteController(
    Guid siteId, SiteAddress address, ControllerIdentity identity, SiteLinkOptions options, ControllerAddresses addresses, Identities identities,
    Telemetry telemetry, TimeProvider clock, Action<SiteController> changed, ILogger log)
    : IDisposable
{
    /// <summary>How long a channel that was replaced stays open for the calls that are still on it.</summary>
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _limitsHold = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _probeDeadline = TimeSpan.FromSeconds(5);

    private const int MostFabricPrefixes = 1000;

    private readonly Lock _gate = new();
    private GrpcChannel? _channel;
    private CallInvoker? _invoker;
    private string _stamp = "";
    private string _tried = "";
    private long _looked;
    private int _maxFindByIds;
    private long _limitsRead;
    private string[]? _fabric;
    private Task<int>? _asking;

    /// <summary>The site.</summary>
    public Guid SiteId { get; } = siteId;

    /// <summary>Where the controller is.</summary>
    public SiteAddress Address { get; private set; } = address;

    /// <summary>Who it is, as far as that is known.</summary>
    public ControllerIdentity Identity { get; private set; } = identity;

    /// <summary>True while another one is known to answer in its place.</summary>
    public bool HasOther { get; private set; }

    /// <summary>Why its certificate files cannot be used; null when they can. Where there is a channel from before it goes on.</summary>
    public string? CertificateProblem { get; private set; }

    /// <summary>Whether it answers.</summary>
    public Circuit Circuit { get; } = new(clock, options);

    /// <summary>Calls on the present channel. Throws <see cref="RpcException"/> when there can be none.</summary>
    public CallInvoker Invoker()
    {
        try
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
        catch (RpcException e)
        {
            NoteSilence(e.StatusCode, e.Status.Detail, isCertain: true);
            throw;
        }
    }

    /// <summary>The controller, for what works without the database.</summary>
    public Forge.ForgeClient Core() => new(Invoker());

    /// <summary>The controller, for a scope whose <paramref name="db"/> must hold no connection meanwhile.</summary>
    public Forge.ForgeClient Core(Db db) => new(Invoker().Intercept(new NoConnectionHeld(db)));

    /// <summary>The same, for as long as <paramref name="isOurs"/>: what is no longer this process's to say is not said.</summary>
    public Forge.ForgeClient Core(Db db, Func<bool> isOurs) => new(Invoker().Intercept(new LeaseHeld(isOurs)).Intercept(new NoConnectionHeld(db)));

    /// <summary>Most ids that one call may ask for. Asked about once a round, of the known controller: behind a proxy another can come unseen.</summary>
    public Task<int> MaxFindByIds(CancellationToken ct)
    {
        var hold = options.InventoryPeriod < _limitsHold ? options.InventoryPeriod : _limitsHold;
        lock (_gate)
        {
            if (_maxFindByIds != 0 && clock.GetElapsedTime(_limitsRead) <= hold)
            {
                return Task.FromResult(_maxFindByIds);
            }

            // All kinds ask at the same time, and share one question.
            _asking = _asking is { IsCompleted: false } ? _asking : Task.Run(AskForLimits, CancellationToken.None);
            return _asking.WaitAsync(ct);
        }
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

    /// <summary>The controller has answered.</summary>
    public void NoteAnswer()
    {
        if (Circuit.NoteAnswer())
        {
            telemetry.Up(SiteId, true);
            Answers(log, SiteId);
            changed(this);
        }
    }

    /// <summary>The controller has not answered.</summary>
    public void NoteSilence(StatusCode code, string reason, bool isCertain)
    {
        if (Circuit.NoteSilence(code, reason, isCertain))
        {
            telemetry.Up(SiteId, false);
            FellSilent(log, SiteId, Circuit.LastFailure);
            changed(this);
        }
    }

    /// <summary>What the database says of the controller, which other processes and the operator may have changed.</summary>
    public void Follow(SiteAddress address, ControllerIdentity identity, bool hasOther)
    {
        bool isNews;
        lock (_gate)
        {
            isNews = Address != address;
            if (isNews)
            {
                Address = address;
                _stamp = "";
                _maxFindByIds = 0;
                _fabric = null;
                Retire(_farewell);
            }

            isNews |= identity.Contradicts(Identity) || (HasOther && !hasOther);
            (Identity, HasOther) = (identity, hasOther);
        }

        if (isNews)
        {
            Circuit.Hurry();
        }
    }

    /// <summary>True when the certificate files have changed since they were last read.</summary>
    public bool HasNewFiles() => Channels.Stamp(Address) != Volatile.Read(ref _tried);

    public void Dispose() => Retire(_farewell);

    private void Renew()
    {
        var stamp = _tried = Channels.Stamp(Address);
        if (_channel is not null && stamp == _stamp)
        {
            CertificateProblem = null;
            return;
        }

        TlsMaterial? material;
        try
        {
            material = Address.Core.Scheme == Uri.UriSchemeHttps ? TlsMaterial.Of(Address) : null;
        }
        catch (Exception e)
        {
            var isNews = CertificateProblem != e.Message;
            CertificateProblem = SiteText.Of(e.Message);

            // Files that are just being replaced: the old channel goes on, and the next look may find a pair that fits.
            if (_channel is not null)
            {
                if (isNews)
                {
                    CertificatesUnusable(log, SiteId, CertificateProblem);
                }

                return;
            }

            throw Channels.Unreachable("The certificate files cannot be used: " + CertificateProblem, e, isCertain: true);
        }

        Retire(_farewell);
        var address = Address;
        var tls = material is null ? null : new ControllerTls(material, options.AllowWeakCertificates, () => Identity.Subject);
        var channel = Channels.Open(address.Core, tls, addresses, options.MaxMessage, ct => Meet(address, material, ct));
        (_channel, _stamp, CertificateProblem) = (channel, stamp, null);
        _invoker = channel.CreateCallInvoker()
            .Intercept(new CallRules(this, options.CallDeadline, telemetry, () => ReferenceEquals(Volatile.Read(ref _channel), channel)));
    }

    private async Task<int> AskForLimits()
    {
        var address = Address;
        var version = await Core().VersionAsync(new VersionRequest { DisplayConfig = true });
        await RequireSame(address, new ControllerIdentity(Identity.Subject, Introduction.NameIn(version)), CancellationToken.None);
        if (version.RuntimeConfig is not { MaxFindByIds: > 0 } && _maxFindByIds != 1)
        {
            SaysNoLimit(log, SiteId);
        }

        await KeepFabric(address, version.RuntimeConfig);
        _limitsRead = clock.GetTimestamp();
        return _maxFindByIds = (int)Math.Clamp(version.RuntimeConfig?.MaxFindByIds ?? 1, 1, 10_000);
    }

    /// <summary>The networks that prefixes are taken from there, for whoever makes IP blocks. What is no network is left out.</summary>
    private async Task KeepFabric(SiteAddress address, RuntimeConfig? config)
    {
        if (config is null)
        {
            return;
        }

        string[] fabric =
        [
            .. config.SiteFabricPrefixes.Take(MostFabricPrefixes)
                .Select(text => IPNetwork.TryParse(text, out var network) ? network.ToString() : null).OfType<string>().Distinct().Order(StringComparer.Ordinal),
        ];
        if (_fabric is null || !fabric.SequenceEqual(_fabric))
        {
            await identities.KeepFabric(SiteId, address, fabric, CancellationToken.None);
            _fabric = fabric;
        }
    }

    /// <summary>Before there is a connection for calls, whoever answers must be the site's controller.</summary>
    private async Task Meet(SiteAddress address, TlsMaterial? material, CancellationToken ct)
    {
        var (found, silence) = await Introduction.With(address.Core, material, addresses, options, ct);
        if (silence is not null && Identity.Name is { } name)
        {
            throw new SiteUnreachableException($"It does not say whether it is {name}: {silence}");
        }

        await Recognize(address, found, ct);
    }

    /// <summary>The same of who answers on a connection that there is already, and which is ended otherwise.</summary>
    private async Task RequireSame(SiteAddress address, ControllerIdentity found, CancellationToken ct)
    {
        try
        {
            await Recognize(address, found, ct);
        }
        catch (SiteUnreachableException e)
        {
            Retire(TimeSpan.Zero);
            NoteSilence(StatusCode.Unavailable, e.Message, e.IsCertain);
            throw Channels.Unreachable(e.Message, e, e.IsCertain);
        }
    }

    /// <summary>A <see cref="SiteUnreachableException"/> unless this is the site's controller, which it is when none was known before.</summary>
    private async Task Recognize(SiteAddress address, ControllerIdentity found, CancellationToken ct)
    {
        var known = Identity;
        if (known.Admits(found) && known.Completed(found) != known)
        {
            known = await identities.Keep(SiteId, address, found, ct) ?? throw new SiteUnreachableException("The site has been given another address");
            Identity = known;
        }

        if (!known.Admits(found))
        {
            HasOther = true;
            await identities.NoteOther(SiteId, address, found, ct);
            throw new SiteUnreachableException($"Another controller answers: {found} in the place of {known}. Nothing is sent to it until an operator accepts it")
            {
                IsCertain = true,
            };
        }

        if (HasOther)
        {
            HasOther = false;
            await identities.ForgetOther(SiteId, address, ct);
        }
    }

    private void Retire(TimeSpan farewell)
    {
        lock (_gate)
        {
            if (_channel is { } old)
            {
                _ = Task.Delay(farewell, clock).ContinueWith(_ => old.Dispose(), TaskScheduler.Default);
            }

            (_channel, _invoker) = (null, null);
        }
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

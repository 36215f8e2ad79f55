using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Metadata = Nico.SiteProtocol.Forge.Metadata;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>
/// The other side of the wire, as obstinate as a test wants it: a controller that keeps VPCs in memory, and lets a test step in
/// before a call has its effect, and between effect and answer.
/// </summary>
internal sealed class FakeController : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<string, Task>> _before = [];
    private readonly ConcurrentDictionary<string, Func<string, Task>> _after = [];
    private WebApplication? _app;
    private int _port;

    /// <summary>What it has.</summary>
    public ConcurrentDictionary<string, Vpc> Vpcs { get; } = [];

    /// <summary>Ids that are reported beside those of <see cref="Vpcs"/>, though nothing is there.</summary>
    public ConcurrentBag<string> Ghosts { get; } = [];

    /// <summary>Every call that arrived: RPC and the id that it was about.</summary>
    public ConcurrentQueue<(string Rpc, string Id)> Calls { get; } = [];

    /// <summary>The largest number of ids that one call asked for.</summary>
    public int LargestRead { get; private set; }

    /// <summary>Most ids that one call may ask for.</summary>
    public uint MaxFindByIds { get; set; } = 100;

    /// <summary>What it calls its site; null when it does not say.</summary>
    public string? SiteName { get; set; }

    /// <summary>Most calls that were in at the same time, by id, or by call where it names none.</summary>
    public ConcurrentDictionary<string, int> Concurrency { get; } = [];

    /// <summary>Certificates that a client may show; null without TLS.</summary>
    public Func<X509Certificate2, bool>? Admits { get; set; }

    public X509Certificate2? Certificate { get; set; }

    /// <summary>True for TLS that allows what nobody should use any more.</summary>
    public bool IsLax { get; set; }

    public Uri Address => new($"{(Certificate is null ? "http" : "https")}://127.0.0.1:{_port}");

    public static async Task<FakeController> Start()
    {
        var controller = new FakeController();
        await controller.Resume();
        return controller;
    }

    /// <summary>Steps in before the RPC has its effect, this often.</summary>
    public void Before(string rpc, Func<Task> step, int times = int.MaxValue) => _before[rpc] = Limited(_ => step(), times);

    /// <summary>The same, knowing the id that the call is about: the first of several.</summary>
    public void Before(string rpc, Func<string, Task> step) => _before[rpc] = step;

    /// <summary>Steps in when the RPC has had its effect and before it answers, this often.</summary>
    public void After(string rpc, Func<Task> step, int times = int.MaxValue) => _after[rpc] = Limited(_ => step(), times);

    /// <summary>Refuses with this code before anything happens.</summary>
    public void Refuse(string rpc, StatusCode code, string detail = "no", int times = int.MaxValue) =>
        Before(rpc, () => throw new RpcException(new Status(code, detail)), times);

    /// <summary>Nobody steps in any more.</summary>
    public void Behave()
    {
        _before.Clear();
        _after.Clear();
    }

    public int Count(string rpc, string? id = null) => Calls.Count(call => call.Rpc == rpc && (id is null || call.Id == id));

    /// <summary>Begins to listen, on the port that it had before.</summary>
    public async Task Resume()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => options.EnableDetailedErrors = false);
        builder.Services.AddSingleton(this);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            if (Certificate is { } weak && IsLax)
            {
                listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new(Lax(weak)) });
            }
            else if (Certificate is { } certificate)
            {
                listener.UseHttps(new HttpsConnectionAdapterOptions
                {
                    ServerCertificate = certificate,
                    ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                    ClientCertificateValidation = (shown, _, _) => Admits!(shown),
                });
            }
        }));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
        await _app.StartAsync();
        _port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    /// <summary>Stops to listen; keeps what it has.</summary>
    public async Task Pause()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        Behave();
        if (_app is not null)
        {
            await Pause();
        }
    }

    private SslServerAuthenticationOptions Lax(X509Certificate2 certificate) => new()
    {
        ServerCertificate = certificate,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 client && Admits!(client),
        ApplicationProtocols = [SslApplicationProtocol.Http2],
#pragma warning disable SYSLIB0040 // No other policy lets a server show a weak certificate.
        EncryptionPolicy = EncryptionPolicy.AllowNoEncryption,
#pragma warning restore SYSLIB0040
    };

    private static Func<string, Task> Limited(Func<string, Task> step, int times) =>
        id => Interlocked.Decrement(ref times) >= 0 ? step(id) : Task.CompletedTask;

    private async Task<T> Call<T>(string rpc, string id, Func<T> effect)
    {
        Calls.Enqueue((rpc, id));
        var key = id.Length == 0 ? rpc : id;
        var now = Running.AddOrUpdate(key, 1, (_, count) => count + 1);
        Concurrency.AddOrUpdate(key, now, (_, most) => Math.Max(most, now));
        try
        {
            await (_before.GetValueOrDefault(rpc)?.Invoke(id) ?? Task.CompletedTask);
            var answer = effect();
            await (_after.GetValueOrDefault(rpc)?.Invoke(id) ?? Task.CompletedTask);
            return answer;
        }
        finally
        {
            Running.AddOrUpdate(key, 0, (_, count) => count - 1);
        }
    }

    private ConcurrentDictionary<string, int> Running { get; } = [];

    private sealed class Service(FakeController site) : Forge.ForgeBase
    {
        public override Task<BuildInfo> Version(VersionRequest request, ServerCallContext context) => site.Call("Version", "", () =>
        {
            var config = new RuntimeConfig { MaxFindByIds = site.MaxFindByIds };
            if (site.SiteName is { } name)
            {
                config.Sitename = name;
            }

            return new BuildInfo { BuildVersion = "fake", RuntimeConfig = request.DisplayConfig ? config : null };
        });

        public override Task<Vpc> CreateVpc(VpcCreationRequest request, ServerCallContext context) => site.Call("CreateVpc", request.Id.Value, () =>
        {
            var vpc = new Vpc { Id = request.Id, Name = request.Name, Version = "1", Metadata = new Metadata { Name = request.Name }, Status = new VpcStatus { Vni = 7 } };
            return site.Vpcs.TryAdd(request.Id.Value, vpc) ? vpc : throw new RpcException(new Status(StatusCode.Internal, "duplicate key"));
        });

        public override Task<VpcUpdateResult> UpdateVpc(VpcUpdateRequest request, ServerCallContext context) => site.Call("UpdateVpc", request.Id.Value, () =>
        {
            if (!site.Vpcs.TryGetValue(request.Id.Value, out var vpc))
            {
                throw new RpcException(new Status(StatusCode.NotFound, "no such VPC"));
            }

            var changed = vpc.Clone();
            (changed.Name, changed.Metadata) = (request.Metadata.Name, request.Metadata);
            return new VpcUpdateResult { Vpc = site.Vpcs[request.Id.Value] = changed };
        });

        public override Task<VpcDeletionResult> DeleteVpc(VpcDeletionRequest request, ServerCallContext context) => site.Call("DeleteVpc", request.Id.Value, () =>
            site.Vpcs.TryRemove(request.Id.Value, out _) ? new VpcDeletionResult() : throw new RpcException(new Status(StatusCode.NotFound, "no such VPC")));

        public override Task<InstancePowerResult> InvokeInstancePower(InstancePowerRequest request, ServerCallContext context) =>
            site.Call("InvokeInstancePower", request.InstanceId.Value, () => new InstancePowerResult());

        public override Task<VpcIdList> FindVpcIds(VpcSearchFilter request, ServerCallContext context) => site.Call("FindVpcIds", "", () =>
        {
            var list = new VpcIdList();
            list.VpcIds.AddRange(site.Vpcs.Keys.Concat(site.Ghosts).Select(id => new VpcId { Value = id }));
            return list;
        });

        public override Task<VpcList> FindVpcsByIds(VpcsByIdsRequest request, ServerCallContext context) =>
            site.Call("FindVpcsByIds", request.VpcIds.FirstOrDefault()?.Value ?? "", () =>
            {
                site.LargestRead = Math.Max(site.LargestRead, request.VpcIds.Count);
                if (request.VpcIds.Count == 0 || request.VpcIds.Count > site.MaxFindByIds)
                {
                    throw new RpcException(new Status(StatusCode.InvalidArgument, $"{request.VpcIds.Count} ids"));
                }

                var list = new VpcList();
                list.Vpcs.AddRange(request.VpcIds.Select(id => site.Vpcs.GetValueOrDefault(id.Value)).OfType<Vpc>());
                return list;
            });
    }
}

using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;

namespace Nico.Tests.Simulator;

/// <summary>A site on a clock that only the test moves, and a client of it over loopback.</summary>
internal sealed class TestSite : IAsyncDisposable
{
    public const string Org = "demo-org";

    public static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly GrpcChannel _channel;

    private TestSite(SimulatedSite site, FakeTimeProvider clock)
    {
        Site = site;
        Clock = clock;
        _channel = GrpcChannel.ForAddress(site.Core, new() { MaxReceiveMessageSize = null });
        Core = new Forge.ForgeClient(_channel.Intercept(new Deadline()));
    }

    public SimulatedSite Site { get; }

    public FakeTimeProvider Clock { get; }

    public Forge.ForgeClient Core { get; }

    public ChannelBase Channel => _channel;

    public static async Task<TestSite> Start(Func<SimulatorOptions, SimulatorOptions>? with = null, FakeTimeProvider? clock = null)
    {
        clock ??= new FakeTimeProvider(Noon);
        var options = new SimulatorOptions { SiteName = "sim-test", Speed = 1 };
        var site = await SimulatedSite.Start(with?.Invoke(options) ?? options, clock, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return new TestSite(site, clock);
    }

    public string FreeMachine(int index = 0) => Site.FreeMachineIds[index];

    public async Task<Vpc> Vpc(
        VpcVirtualizationType type = VpcVirtualizationType.Fnn, string? id = null, string org = Org, string name = "a network") =>
        await Core.CreateVpcAsync(new()
        {
            Id = new() { Value = id ?? Guid.NewGuid().ToString() },
            Name = name,
            TenantOrganizationId = org,
            NetworkVirtualizationType = type,
            Metadata = new() { Name = name },
        });

    public async Task<VpcPrefix> Prefix(Vpc? vpc = null, string prefix = "10.1.0.0/24", string? id = null) =>
        await Core.CreateVpcPrefixAsync(new()
        {
            Id = new() { Value = id ?? Guid.NewGuid().ToString() },
            VpcId = (vpc ?? await Vpc()).Id,
            Config = new() { Prefix = prefix },
            Metadata = new() { Name = "a prefix" },
        });

    public async Task<NetworkSegment> Segment(Vpc? vpc = null, string prefix = "10.2.0.0/24", string gateway = "10.2.0.1", string? id = null) =>
        await Core.CreateNetworkSegmentAsync(new()
        {
            Id = new() { Value = id ?? Guid.NewGuid().ToString() },
            VpcId = (vpc ?? await Vpc(VpcVirtualizationType.EthernetVirtualizer)).Id,
            Name = "a subnet",
            Prefixes = { new NetworkPrefix { Prefix = prefix, Gateway = gateway, ReserveFirst = 2 } },
        });

    public static InstanceInterfaceConfig On(VpcPrefix prefix, uint? function = null, string? address = null)
    {
        var wanted = new InstanceInterfaceConfig { VpcPrefixId = prefix.Id, FunctionType = Type(function) };
        if (function is { } number)
        {
            wanted.VirtualFunctionId = number;
        }

        if (address is not null)
        {
            wanted.IpAddress = address;
        }

        return wanted;
    }

    public static InstanceInterfaceConfig On(NetworkSegment segment, uint? function = null)
    {
        var wanted = new InstanceInterfaceConfig { SegmentId = segment.Id, NetworkSegmentId = segment.Id, FunctionType = Type(function) };
        if (function is { } number)
        {
            wanted.VirtualFunctionId = number;
        }

        return wanted;
    }

    public InstanceAllocationRequest Order(string machine, params InstanceInterfaceConfig[] interfaces) => new()
    {
        InstanceId = new() { Value = Guid.NewGuid().ToString() },
        MachineId = new() { Id = machine },
        Metadata = new() { Name = "an instance" },
        Config = new()
        {
            Tenant = new() { TenantOrganizationId = Org },
            Os = new() { Ipxe = new() { IpxeScript = "#!ipxe\nboot" }, UserData = "#cloud-config" },
            Network = new() { Interfaces = { interfaces } },
        },
    };

    /// <summary>An instance that is up.</summary>
    public async Task<Instance> Up(InstanceAllocationRequest order)
    {
        await Core.AllocateInstanceAsync(order);
        Clock.Advance(TimeSpan.FromMinutes(10));
        return await Read(order.InstanceId);
    }

    public async Task<Instance> Read(InstanceId id) =>
        (await Core.FindInstancesByIdsAsync(new() { InstanceIds = { id } })).Instances.Single();

    public async Task<Machine> ReadMachine(string id) =>
        (await Core.FindMachinesByIdsAsync(new() { MachineIds = { new MachineId { Id = id } } })).Machines.Single();

    /// <summary>Expects a call to be refused and gives the status's text.</summary>
    public static async Task<string> Refused<T>(StatusCode code, AsyncUnaryCall<T> call)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.True(code == refusal.StatusCode, $"{code} was expected, not {refusal.StatusCode}: {refusal.Status.Detail}");
        return refusal.Status.Detail;
    }

    /// <summary>Waits until it holds, for a minute at most.</summary>
    public static async Task Eventually(Func<Task<bool>> holds)
    {
        var waited = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), "waited in vain");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await Site.DisposeAsync();
    }

    /// <summary>No call of a test may hang, unless the test says how long it waits.</summary>
    private sealed class Deadline : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            var options = context.Options.Deadline is null ? context.Options.WithDeadline(DateTime.UtcNow.AddSeconds(60)) : context.Options;
            return continuation(request, new(context.Method, context.Host, options));
        }
    }

    private static InterfaceFunctionType Type(uint? function) =>
        function is null ? InterfaceFunctionType.PhysicalFunction : InterfaceFunctionType.VirtualFunction;
}

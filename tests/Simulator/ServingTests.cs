using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class ServingTests
{
    [Fact]
    public async Task Health_says_serving_and_follows_a_down_fault()
    {
        await using var site = await Start();
        var health = new Health.HealthClient(site.Channel);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new())).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new() { Service = "forge.Forge" })).Status);
        await Refused(StatusCode.NotFound, health.CheckAsync(new() { Service = "v1.Flow" }));
        site.Site.Faults.Add(Fault.Down());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, (await health.CheckAsync(new())).Status);
    }

    [Fact]
    public async Task Reflection_shows_the_protocol()
    {
        await using var site = await Start();
        using var stream = new ServerReflection.ServerReflectionClient(site.Channel).ServerReflectionInfo(deadline: DateTime.UtcNow.AddSeconds(20));
        await stream.RequestStream.WriteAsync(new() { ListServices = "" }, TestContext.Current.CancellationToken);
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Contains("forge.Forge", stream.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name));
        await stream.RequestStream.WriteAsync(new() { FileContainingSymbol = "forge.Forge" }, TestContext.Current.CancellationToken);
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Contains(stream.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto, bytes => FileDescriptorProto.Parser.ParseFrom(bytes).Package == "forge");
        await stream.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task Every_rpc_of_the_protocol_is_served()
    {
        await using var site = await Start();
        var invoker = site.Channel.CreateCallInvoker();
        foreach (var method in ForgeReflection.Descriptor.Services.Single().Methods)
        {
            var rpc = new Method<byte[], byte[]>(MethodType.Unary, "forge.Forge", method.Name, Marshallers.Create<byte[]>(b => b, b => b), Marshallers.Create<byte[]>(b => b, b => b));
            try
            {
                await invoker.AsyncUnaryCall(rpc, null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(20)), []);
            }
            catch (RpcException refusal)
            {
                Assert.True(refusal.StatusCode is StatusCode.InvalidArgument, $"{method.Name} with nothing in it: {refusal.Status}");
            }
        }

        Assert.Equal(ForgeReflection.Descriptor.Services.Single().Methods.Count, site.Site.ReceivedCalls.Count);
    }

    [Fact]
    public async Task Mutual_tls_takes_signed_clients_only_and_follows_changed_files()
    {
        var folder = Directory.CreateTempSubdirectory("sim-tls-").FullName;
        try
        {
            using var authority = Authority("first");
            using var server = Signed(authority, "server");
            using var client = Signed(authority, "client");
            using var stranger = Authority("stranger");
            using var strange = Signed(stranger, "strange");
            var (certificate, key, ca) = (Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));
            await File.WriteAllTextAsync(certificate, server.ExportCertificatePem(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(key, server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(ca, authority.ExportCertificatePem(), TestContext.Current.CancellationToken);

            await using var site = await SimulatedSite.Start(
                new() { SiteName = "sim-tls", Machines = 1, ServerCertificate = certificate, ServerKey = key, ClientAuthority = ca },
                TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
            Assert.Equal("https", site.Core.Scheme);
            await Version(site, client, authority);
            await Assert.ThrowsAsync<RpcException>(() => Version(site, strange, authority));
            await Assert.ThrowsAsync<RpcException>(() => Version(site, null, authority));
            await Assert.ThrowsAsync<RpcException>(() => Version(site, client, stranger));

            await File.WriteAllTextAsync(ca, stranger.ExportCertificatePem(), TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(ca, DateTime.UtcNow.AddSeconds(5));
            await Version(site, strange, authority);
            await Assert.ThrowsAsync<RpcException>(() => Version(site, client, authority));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task It_keeps_out_of_the_logs_meters_and_traces_of_the_process_around_it()
    {
        var logs = new Lines();
        var instruments = new HashSet<string>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                lock (instruments)
                {
                    instruments.Add(instrument.Meter.Name + (instrument.Meter.Scope is null ? "" : " scoped"));
                }
            },
        };
        meters.Start();
        using var factory = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
        await using var site = await SimulatedSite.Start(new() { SiteName = "sim-quiet" }, TimeProvider.System, factory, TestContext.Current.CancellationToken);
        using var channel = GrpcChannel.ForAddress(site.Core);
        for (var i = 0; i < 20; i++)
        {
            await new Forge.ForgeClient(channel).FindMachineIdsAsync(new());
        }

        Assert.Contains("Simulated site sim-quiet: 36 machines", Assert.Single(logs.Written), StringComparison.Ordinal);
        lock (instruments)
        {
            Assert.Contains(instruments, name => name.StartsWith("Nico.SiteSimulator.Microsoft.AspNetCore.Hosting", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_site_starts_quickly_and_stops_though_a_black_hole_holds_calls()
    {
        await (await Start()).DisposeAsync();
        var watch = Stopwatch.StartNew();
        var site = await Start();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"the start took {watch.Elapsed}");
        site.Site.Faults.Add(new() { Kind = FaultKind.BlackHole });
        var held = site.Core.VersionAsync(new()).ResponseAsync;
        await Task.Delay(200, TestContext.Current.CancellationToken);
        watch.Restart();
        await site.Site.DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"the stop took {watch.Elapsed}");
        await Assert.ThrowsAsync<RpcException>(() => held);
    }

    [Fact]
    public async Task A_killed_site_can_be_served_again_on_the_same_port()
    {
        var site = await Start();
        var port = site.Site.Core.Port;
        await site.Core.VersionAsync(new());
        await site.Site.Kill();
        await site.Site.Kill();
        await using var again = await Start(options => options with { Port = port });
        Assert.Equal(port, again.Site.Core.Port);

        // The first call may still go out on the connection that the kill broke.
        await Eventually(async () =>
        {
            try
            {
                await site.Core.VersionAsync(new());
                return true;
            }
            catch (RpcException refusal) when (refusal.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task The_same_name_and_layout_give_the_same_site_and_another_name_another_one()
    {
        await using var one = await Start();
        await using var same = await Start();
        await using var other = await Start(options => options with { SiteName = "sim-other" });
        Assert.Equal(await Everything(one), await Everything(same));
        Assert.Empty(one.Site.MachineIds.Intersect(other.Site.MachineIds));
        var (ours, theirs) = (one.Site.Machine(one.Site.MachineIds[0])!, other.Site.Machine(other.Site.MachineIds[0])!);
        Assert.NotEqual(ours.DiscoveryInfo.DmiData.ProductSerial, theirs.DiscoveryInfo.DmiData.ProductSerial);
        Assert.NotEqual(ours.BmcInfo.Mac, theirs.BmcInfo.Mac);

        static async Task<string> Everything(TestSite site)
        {
            var ids = (await site.Core.FindMachineIdsAsync(new() { IncludeDpus = true })).MachineIds;
            var machines = new List<Machine>();
            foreach (var chunk in ids.Chunk(100))
            {
                machines.AddRange((await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { chunk }, IncludeHistory = true })).Machines);
            }

            return string.Join('\n', machines.Select(machine => machine.ToString()));
        }
    }

    [Fact]
    public async Task Twenty_thousand_machines_are_listed_at_once_and_read_in_parallel_chunks()
    {
        var watch = Stopwatch.StartNew();
        await using var site = await Start(options => options with { Machines = 20_000, Speed = 60 });
        var started = watch.Elapsed;
        watch.Restart();
        var ids = (await site.Core.FindMachineIdsAsync(new())).MachineIds;
        var listed = watch.Elapsed;
        Assert.Equal(20_000, ids.Distinct().Count());
        watch.Restart();
        var read = 0;
        await Parallel.ForEachAsync(ids.Take(2_000).Chunk(100), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (chunk, ct) =>
        {
            var machines = await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { chunk } }, cancellationToken: ct);
            Interlocked.Add(ref read, machines.Machines.Count);
        });
        Assert.Equal(2_000, read);

        // Far above what it takes (a second, a tenth of one, and a second), since test machines are busy.
        Assert.True(started < TimeSpan.FromSeconds(20) && listed < TimeSpan.FromSeconds(10) && watch.Elapsed < TimeSpan.FromSeconds(40), $"{started} {listed} {watch.Elapsed}");
    }

    private static async Task Version(SimulatedSite site, X509Certificate2? client, X509Certificate2 authority)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { authority },
        };
        if (client is not null)
        {
            handler.SslOptions.ClientCertificates = [X509CertificateLoader.LoadPkcs12(client.Export(X509ContentType.Pkcs12), null)];
        }

        using var channel = GrpcChannel.ForAddress(site.Core, new() { HttpHandler = handler });
        await new Forge.ForgeClient(channel).VersionAsync(new(), deadline: DateTime.UtcNow.AddSeconds(20));
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Written)
            {
                Written.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}

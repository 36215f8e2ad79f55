using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nico.SharedKernel;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>What answers at a controller's address and is no controller: nothing is believed of it, and it is said once.</summary>
public sealed class NoAnswerTests(TestHost host)
{
    /// <summary>What is sent back to every call.</summary>
    public static TheoryData<string> Answers => ["page", "200 without a type", "404", "403", "400", "502", "no status", "a status that is none", "HTTP/1.1"];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_server_that_is_no_controller_counts_as_none(string answer)
    {
        await using var server = await Serve(answer);
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(200), connect: false, inventory: true);
        await world.Connect(server.Address);
        await world.Create(id: "x");
        var reason = await world.Disconnected();
        Assert.StartsWith("Unavailable: ", reason, StringComparison.Ordinal);
        if (answer is "page" or "404" or "403" or "400" or "502")
        {
            Assert.Contains("no controller: HTTP " + (answer == "page" ? "200" : answer), reason, StringComparison.Ordinal);
        }

        // Only probes are sent from now on, and the log says so once.
        var calls = server.Calls;
        await (answer == "HTTP/1.1" ? Task.Delay(1500, TestContext.Current.CancellationToken) : LinkWorld.Until(() => server.Calls > calls + 2, "it is probed"));
        Assert.Equal("Pending", await world.Status("x"));
        Assert.Single(world.Process.Log.Lines, line => line.Contains("does not answer", StringComparison.Ordinal));
        Assert.InRange(world.Process.Log.Lines.Count, 1, 2);

        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "the controller is there", 40);
        await world.Connected();
    }

    [Theory]
    [InlineData(60_000)]
    [InlineData(1 << 20)]
    [InlineData(8 << 20)]
    public async Task A_status_of_any_length_does_not_hold_a_call(int length)
    {
        await using var world = await LinkWorld.Make(host, options => (options.RequestWait, options.CallDeadline) = (TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60)));
        await world.Create(id: "first");
        world.Site.Refuse("CreateVpc", StatusCode.FailedPrecondition, new string('x', length));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var ordered = world.Create(id: "x");
        if (length < 2_000_000)
        {
            var problem = await Assert.ThrowsAsync<Problem>(() => ordered);
            Assert.Equal(412, problem.Status);
            Assert.InRange(problem.Message.Length, 500, 1100);
        }
        else
        {
            // What it says is not read at all, so it is no answer.
            await LinkWorld.Until(async () => await Attempts(world) > 1, "it is tried again", 30);
            Assert.InRange(await world.Query<int>("select max(length(error)) from sitelink.command"), 1, 1000);
            world.Site.Behave();
            await ordered;
            await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it goes through", 30);
        }

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 40);
    }

    private static Task<int> Attempts(LinkWorld world) => world.Query<int>("select coalesce(max(attempts), 0) from sitelink.command where resource_id = 'x'");

    private static async Task<Server> Serve(string answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listener => listener.Protocols = answer == "HTTP/1.1" ? HttpProtocols.Http1 : HttpProtocols.Http2));
        var app = builder.Build();
        var server = new Server(app);
        app.Use(async (HttpContext http, RequestDelegate _) =>
        {
            server.Count();
            http.Response.ContentType = answer switch
            {
                "page" => "text/html",
                "no status" or "a status that is none" => "application/grpc",
                _ => null,
            };
            http.Response.StatusCode = int.TryParse(answer, out var status) ? status : 200;
            if (answer == "a status that is none")
            {
                http.Response.AppendTrailer("grpc-status", "fine");
            }

            await (answer == "page" ? http.Response.WriteAsync("<h1>Welcome</h1>") : http.Response.CompleteAsync());
        });
        await app.StartAsync();
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    private sealed class Server(WebApplication app) : IAsyncDisposable
    {
        private int _calls;

        public Uri Address { get; set; } = null!;

        public int Calls => Volatile.Read(ref _calls);

        public void Count() => Interlocked.Increment(ref _calls);

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}

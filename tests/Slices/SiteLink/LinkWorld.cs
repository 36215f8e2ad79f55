using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Host.Database;
using Nico.Host.Http;
using Nico.Host.Secrets;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Secrets;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>A database, a controller, and a process with the link in it; more processes on the same database when a test wants them.</summary>
internal sealed class LinkWorld : IAsyncDisposable
{
    private readonly List<LinkProcess> _processes = [];
    private readonly string _connectionString;

    private LinkWorld(string connectionString, FakeController controller)
    {
        _connectionString = connectionString;
        Site = controller;
    }

    public Guid SiteId { get; } = Guid.CreateVersion7();

    public FakeController Site { get; }

    /// <summary>The first process.</summary>
    public LinkProcess Process => _processes[0];

    public ThingProbe Probe => Process.Probe;

    /// <summary>A world in which the site is connected, unless told otherwise.</summary>
    public static async Task<LinkWorld> Make(TestHost host, Action<SiteLinkOptions>? configure = null, bool connect = true, bool inventory = false)
    {
        var database = await host.NewDatabase();
        await Migrations.Apply(database, NullLogger.Instance, TestContext.Current.CancellationToken);
        var world = new LinkWorld(database, await FakeController.Start());
        await world.Start(configure, inventory);
        await world.Execute(Things.Table);
        if (connect)
        {
            await world.Connect(world.Site.Address);
        }

        return world;
    }

    /// <summary>Starts one more process.</summary>
    public async Task<LinkProcess> Start(Action<SiteLinkOptions>? configure = null, bool inventory = false, int poolSize = 20)
    {
        var process = await LinkProcess.Start($"{_connectionString};Maximum Pool Size={poolSize}", configure ?? (_ => { }), inventory);
        _processes.Add(process);
        return process;
    }

    public Task Connect(Uri core, string? certificate = null, string? key = null, string? authority = null) =>
        Process.InScope<ISiteConnections>(connections => connections.Connect(SiteId, new SiteAddress(core, certificate, key, authority), default));

    /// <summary>Makes a thing and has its request carry the command.</summary>
    public Task<string> Create(string name = "a", string? id = null, LinkProcess? by = null, params (string, string)[] after) =>
        Order(SiteOperation.Create, id ?? Guid.CreateVersion7().ToString(), name, by, after: after);

    public Task<string> Update(string id, string name, LinkProcess? by = null) => Order(SiteOperation.Update, id, name, by);

    public Task<string> Delete(string id, LinkProcess? by = null) => Order(SiteOperation.Delete, id, null, by);

    public Task<string> Reboot(string id, LinkProcess? by = null) => Order(SiteOperation.Reboot, id, null, by);

    /// <summary>What a module's handler does: changes the row and orders the command in one transaction, then waits as the pipeline does.</summary>
    public async Task<string> Order(
        SiteOperation operation, string id, string? name, LinkProcess? by = null, bool background = false, (string, string)[]? after = null, CancellationToken gone = default)
    {
        await using var scope = (by ?? Process).Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.Begin(default);
        await db.Execute(
            operation switch
            {
                SiteOperation.Create => "insert into thing (id, site_id, name, status, touched) values (@id, @SiteId, @name, 'Pending', @now)",
                SiteOperation.Delete => "update thing set status = 'Deleting', touched = @now where id = @id",
                _ => "update thing set name = coalesce(@name, name), status = 'Configuring', touched = @now where id = @id",
            },
            new { id, SiteId, name, now = TimeProvider.System.Now() }, default);
        var commands = scope.ServiceProvider.GetRequiredService<ISiteCommands>();
        var command = new SiteCommand { SiteId = SiteId, Kind = Things.Kind, ResourceId = id, Operation = operation, After = [.. after ?? []] };
        await (background ? commands.EnqueueInBackground(command, default) : commands.Enqueue(command, default));
        await db.Commit(default);
        await db.RunAfterCommit(gone);
        return id;
    }

    /// <summary>Orders these in one transaction, rows of things left aside, and waits as the pipeline does.</summary>
    public async Task OrderAll(bool background, bool commit, params SiteCommand[] orders)
    {
        await using var scope = Process.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var commands = scope.ServiceProvider.GetRequiredService<ISiteCommands>();
        await db.Begin(default);
        foreach (var order in orders)
        {
            await (background ? commands.EnqueueInBackground(order, default) : commands.Enqueue(order, default));
        }

        await (commit ? db.Commit(default) : db.Rollback());
        Assert.Equal(commit, await db.RunAfterCommit(default));
    }

    /// <summary>A create of a thing.</summary>
    public SiteCommand CreateOf(string id, string kind = Things.Kind) =>
        new() { SiteId = SiteId, Kind = kind, ResourceId = id, Operation = SiteOperation.Create };

    /// <summary>A row for a thing that was not ordered yet.</summary>
    public Task Row(string id, string status = "Pending", bool atSite = false) => Execute(
        "insert into thing (id, site_id, name, status, at_site, touched) values (@id, @SiteId, 'a', @status, @atSite, @now)",
        new { id, SiteId, status, atSite, now = TimeProvider.System.Now() });

    public async Task<string?> Status(string id) =>
        await Query<string?>("select status from thing where id = @id", new { id });

    public Task<T?> Query<T>(string sql, object? args = null) => Process.InScope<Db, T?>(db => db.OneOrNone<T>(sql, args, default));

    public Task<List<T>> Rows<T>(string sql, object? args = null) => Process.InScope<Db, List<T>>(db => db.Many<T>(sql, args, default));

    public Task Execute(string sql, object? args = null) => Process.InScope<Db>(db => db.Execute(sql, args, default));

    /// <summary>The outcomes of a thing's commands, in their order; the state of those that are open.</summary>
    public Task<List<string>> Outcomes(string id) =>
        Rows<string>("select coalesce(case when state = 'Dead' then 'Dead' else outcome end, state) from sitelink.command where resource_id = @id order by seq", new { id });

    /// <summary>The outcomes of a thing's commands once none is open.</summary>
    public async Task<List<string>> Settled(string id)
    {
        List<string> outcomes = [];
        await Until(async () => !(outcomes = await Outcomes(id)).Any(outcome => outcome is "Pending" or "Sending"), "nothing is open");
        return outcomes;
    }

    public Task<IReadOnlyList<SiteCommandEntry>> Log(SiteCommandState? state = null) =>
        Process.InScope<ISiteCommandLog, IReadOnlyList<SiteCommandEntry>>(log => log.List(new SiteCommandQuery { State = state, SiteId = SiteId }, default));

    /// <summary>What an operator sees of the site.</summary>
    public async Task<JsonNode> Overview()
    {
        using var http = new HttpClient { BaseAddress = Process.Address };
        return Assert.Single(JsonNode.Parse(await http.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken))!.AsArray())!;
    }

    /// <summary>Waits until the site is shown as not connected; why.</summary>
    public async Task<string> Disconnected()
    {
        JsonNode site = JsonValue.Create(0);
        await Until(async () => !(site = await Overview())["answers"].Flag(), "it is shown as not connected");
        Assert.NotNull(site["silentSince"]);
        return site["lastFailure"].Text();
    }

    /// <summary>Waits until the site is shown as connected.</summary>
    public Task Connected() => Until(async () => (await Overview())["answers"].Flag(), "it is shown as connected");

    /// <summary>Has an operator do this at a site; the status of the answer.</summary>
    public async Task<int> Accept(string what, Guid? site = null)
    {
        using var http = new HttpClient { BaseAddress = Process.Address };
        using var answer = await http.PostAsync($"/ops/sites/{site ?? SiteId}/{what}", null, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    /// <summary>Takes the site away, and waits until that is known: nothing but probes is under way to it.</summary>
    public async Task CutOff()
    {
        await Site.Pause();
        await OrderAll(background: true, commit: true, [.. Enumerable.Range(0, 5).Select(i => CreateOf($"nothing {i}"))]);
        for (var i = 0; i < 5; i++)
        {
            await Row($"nothing {i}");
        }

        using var http = new HttpClient { BaseAddress = Process.Address };
        await Until(async () => (await http.GetStringAsync("/ops/sites")).Contains("\"answers\":false", StringComparison.Ordinal), "the site is known to be away");
        await Until(async () => await Query<long>("select count(*) from sitelink.command where state = 'Sending'") == 0, "nothing is under way");
    }

    /// <summary>Waits until it is so.</summary>
    public static Task Until(Func<Task<bool>> holds, string what, double seconds = 60) => Wait.Until(holds, seconds, what);

    public static Task Until(Func<bool> holds, string what, double seconds = 60) => Wait.Until(holds, seconds, what);

    public async ValueTask DisposeAsync()
    {
        Site.Behave();
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await Site.DisposeAsync();
    }
}

/// <summary>A process with the link in it, and with things in the place of the modules.</summary>
internal sealed class LinkProcess : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _stopped;

    private LinkProcess(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public ThingProbe Probe => Services.GetRequiredService<ThingProbe>();

    /// <summary>What it has logged, from warnings on.</summary>
    public LogLines Log => Services.GetRequiredService<LogLines>();

    /// <summary>Where it serves the operator's routes.</summary>
    public Uri Address => new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<LinkProcess> Start(string connectionString, Action<SiteLinkOptions> configure, bool inventory)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<LogLines>().AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<LogLines>());
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ISecrets>(provider => new KeyRing(
            new KeyFolder(TestHost.Keys), TimeProvider.System, provider.GetRequiredService<ILogger<KeyRing>>()));
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        builder.Services.AddScoped<Db>();
        builder.Services.AddSingleton<ThingProbe>();
        builder.Services.AddSiteCommand<CreateThing>(Things.Kind, SiteOperation.Create);
        builder.Services.AddSiteCommand<UpdateThing>(Things.Kind, SiteOperation.Update);
        builder.Services.AddSiteCommand<DeleteThing>(Things.Kind, SiteOperation.Delete);
        builder.Services.AddSiteCommand<RebootThing>(Things.Kind, SiteOperation.Reboot);
        if (inventory)
        {
            builder.Services.AddScoped<ISiteInventory, ThingInventory>();
            builder.Services.AddScoped<ISiteInventory, UnservedInventory>();
        }

        builder.Services.AddSiteLink(options =>
        {
            options.RequestWait = TimeSpan.FromSeconds(2);
            options.FirstPause = TimeSpan.FromMilliseconds(50);
            options.LongestPause = TimeSpan.FromMilliseconds(300);
            options.Look = TimeSpan.FromMilliseconds(100);
            options.Lease = TimeSpan.FromSeconds(2);
            options.FirstProbe = TimeSpan.FromMilliseconds(200);
            options.LongestProbe = TimeSpan.FromMilliseconds(500);
            options.CallDeadline = TimeSpan.FromSeconds(5);
            options.CertificateCheck = TimeSpan.FromMilliseconds(200);
            options.InventoryPeriod = inventory ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromHours(1);
            configure(options);
        });
        var app = builder.Build();
        app.UseMiddleware<ErrorMapping>();
        app.MapSiteLinkOperations();
        await app.StartAsync();
        return new LinkProcess(app);
    }

    public async Task InScope<T>(Func<T, Task> work)
        where T : notnull
    {
        await using var scope = Services.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<T>());
    }

    public async Task<TResult> InScope<T, TResult>(Func<T, Task<TResult>> work)
        where T : notnull
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<T>());
    }

    public async Task Stop()
    {
        _stopped = true;
        await _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await Stop();
        }

        await _app.DisposeAsync();
    }
}

/// <summary>Keeps what is logged, from warnings on.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = [];

    /// <summary>The lines that were logged.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue(exception is null ? formatter(state, null) : $"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}

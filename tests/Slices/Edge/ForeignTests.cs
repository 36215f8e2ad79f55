using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>
/// What belongs to somebody else answers exactly as what does not exist, wherever it is named: in the path, the query or the body of
/// any operation there is. Asked by another provider and tenant, and by a tenant that has an allocation at the same site.
/// </summary>
public sealed partial class ForeignTests(TestHost host) : IAsyncLifetime
{
    private Estate _theirs = null!;
    private Estate _mine = null!;
    private ApiClient _neighbour = null!;
    private Guid _neighboursBlock;
    private JsonObject _document = null!;
    private ApiOperation[] _operations = null!;

    public async ValueTask InitializeAsync()
    {
        _theirs = await Estate.Make(host.Host);
        _mine = await Estate.Make(host.Host);
        (_neighbour, var tenant) = await host.Tenant();
        _neighboursBlock = await _theirs.World.Give(tenant);
        _document = await OpenApi.Document(host);
        _operations = [.. OpenApi.Operations(_document)];
        await _theirs.World.Quiet();
    }

    public async ValueTask DisposeAsync()
    {
        await _theirs.DisposeAsync();
        await _mine.DisposeAsync();
    }

    /// <summary>What a neighbour at the site may see as well: the site itself, and who runs it; in lists and gets its instance types, too.</summary>
    private static bool IsShared(string name) => name is "siteId" or "infrastructureProviderId";

    [Fact]
    public async Task In_a_path()
    {
        var before = await Holdings();
        foreach (var operation in _operations)
        {
            var names = operation.InPath.Select(parameter => parameter["name"].Text()).ToArray();
            foreach (var name in names)
            {
                var unknown = Unknown(name);
                foreach (var (caller, wholly) in new[] { (_mine.Client, false), (_mine.Client, true), (_neighbour, true) })
                {
                    // Where a tenant has an allocation it sees the instance types.
                    if (caller == _neighbour && (IsShared(name) || operation.Id == "get-instance-type"))
                    {
                        continue;
                    }

                    // Under a parent of their own as well as under a foreign one.
                    var around = wholly ? _theirs : _mine;
                    if (!wholly && names.Length == 1)
                    {
                        continue;
                    }

                    foreach (var body in BodiesOf(operation))
                    {
                        var foreign = await Send(caller, operation, around.Path(operation, new Dictionary<string, string> { [name] = _theirs.Ids[name] }, caller.Org), body);
                        var none = await Send(caller, operation, around.Path(operation, new Dictionary<string, string> { [name] = unknown }, caller.Org), body);
                        Same(none, unknown, foreign, _theirs.Ids[name]);
                        Assert.True(foreign.Status is >= 400 and < 500, foreign.ToString());
                    }
                }
            }
        }

        Assert.Equal(before, await Holdings());
    }

    [Fact]
    public async Task In_a_query()
    {
        foreach (var operation in _operations.Where(operation => operation.Method == HttpMethod.Get))
        {
            foreach (var name in operation.Query.Select(parameter => parameter["name"].Text()).Where(_theirs.Ids.ContainsKey))
            {
                foreach (var (caller, path) in new[] { (_mine.Client, _mine.Path(operation)), (_neighbour, _mine.Path(operation, null, _neighbour.Org)) })
                {
                    // A tenant sees the instance types of the sites that it uses.
                    if (caller == _neighbour && (IsShared(name) || name == "instanceTypeId"))
                    {
                        continue;
                    }

                    var foreign = await caller.Get($"{path}?{name}={_theirs.Ids[name]}");
                    var none = await caller.Get($"{path}?{name}={Unknown(name)}");
                    Same(none, Unknown(name), foreign, _theirs.Ids[name]);
                }
            }
        }
    }

    [Fact]
    public async Task In_a_body()
    {
        var before = await Holdings();
        var bodies = new Bodies(_document, _mine.Ids);
        var tried = 0;
        foreach (var operation in _operations.Where(operation => operation.Body is not null && operation.Method != HttpMethod.Delete))
        {
            foreach (var (path, schema) in bodies.Fields(operation.Body!))
            {
                // A provider may invite and give to any tenant: it names the tenant by its id.
                if (!_theirs.Ids.TryGetValue(path[^1], out var id) || (operation.Id, path[^1]) is ("create-allocation" or "create-tenant-account", "tenantId"))
                {
                    continue;
                }

                // Their list of ids is one of theirs.
                var isList = OpenApi.TypeOf(schema) == "array";
                var unknown = Unknown(path[^1]);
                var foreign = await _mine.Client.Raw(operation.Method, _mine.Path(operation), Bodies.With(bodies.Good(operation), path, Quoted(id, isList)));
                var none = await _mine.Client.Raw(operation.Method, _mine.Path(operation), Bodies.With(bodies.Good(operation), path, Quoted(unknown, isList)));
                Same(none, unknown, foreign, id);
                Assert.True(foreign.Status is >= 400 and < 500, foreign.ToString());
                tried++;
            }
        }

        Assert.True(tried > 10, $"only {tried} fields name a resource");
        Assert.Equal(before, await Holdings());
    }

    /// <summary>A neighbour at the site uses what it was given with what it was not.</summary>
    [Fact]
    public async Task In_the_body_of_a_neighbour()
    {
        var before = await Holdings();
        var system = await _theirs.World.MakeSystem(by: _neighbour);
        var vpc = await _theirs.World.MakeVpc("FNN", _neighbour);
        var prefix = await _theirs.World.MakePrefix(vpc, _neighbour, _neighboursBlock);
        var own = new Dictionary<string, string>(_theirs.Ids)
        {
            ["tenantId"] = (await _neighbour.Get("tenant/current")).Is(200)["id"].Text(),
            ["vpcId"] = vpc.ToString(),
            ["secondaryVpcIds"] = vpc.ToString(),
            ["vpcPrefixId"] = prefix.ToString(),
            ["ipBlockId"] = _neighboursBlock.ToString(),
            ["ipv4BlockId"] = _neighboursBlock.ToString(),
            ["operatingSystemId"] = system.ToString(),
        };
        var bodies = new Bodies(_document, own);
        var tried = new HashSet<string>();
        foreach (var operation in _operations.Where(
            operation => operation.Id is "create-vpc-prefix" or "create-subnet" or "create-instance" or "batch-create-instance" or "create-vpc"))
        {
            if (operation.Id == "batch-create-instance")
            {
                // All that it names is the neighbour's own: nothing is in its way but that it has no machines allocated.
                (await _neighbour.Raw(operation.Method, _mine.Path(operation, null, _neighbour.Org), bodies.Good(operation).ToJsonString())).Fails(403);
            }

            foreach (var (path, schema) in bodies.Fields(operation.Body!))
            {
                var name = path[^1];

                // It sees the instance types of the site: that of a batch is not unknown to it.
                if (!_theirs.Ids.TryGetValue(name, out var id) || IsShared(name) || name is "id" or "machineId"
                    || (operation.Id, name) is ("batch-create-instance", "instanceTypeId"))
                {
                    continue;
                }

                var isList = OpenApi.TypeOf(schema) == "array";
                var foreign = await _neighbour.Raw(operation.Method, _mine.Path(operation, null, _neighbour.Org), Bodies.With(bodies.Good(operation), path, Quoted(id, isList)));
                var none = await _neighbour.Raw(operation.Method, _mine.Path(operation, null, _neighbour.Org), Bodies.With(bodies.Good(operation), path, Quoted(Unknown(name), isList)));
                Same(none, Unknown(name), foreign, id);
                Assert.True(foreign.Status is >= 400 and < 500, foreign.ToString());
                tried.Add($"{operation.Id} {name}");
            }
        }

        Assert.Superset(
            new HashSet<string>(["batch-create-instance vpcId", "batch-create-instance vpcPrefixId", "batch-create-instance operatingSystemId", "create-instance subnetId"]),
            tried);
        Assert.Equal(before, await Holdings());
    }

    /// <summary>
    /// As the id of something new, wherever a caller may choose one: what is refused is refused in the same words whatever has the id, and what
    /// is made under an id that something of another kind has neither shows, changes nor removes anything of that.
    /// </summary>
    [Fact]
    public async Task As_the_id_of_something_new()
    {
        // What has addresses shows them with its history: none of them may be lost or given twice.
        var usage = new Dictionary<string, string>(_theirs.Ids) { ["neighboursBlock"] = _neighboursBlock.ToString() };
        var before = await Holdings() + await Usage(usage.Values);
        var creations = _operations.Where(operation => operation.Method == HttpMethod.Post && operation.Body?["properties"]?["id"] is not null).ToArray();
        Assert.Contains(creations, operation => operation.Id == "create-vpc");
        var refused = new HashSet<string>();
        var words = new HashSet<string>();
        foreach (var operation in creations)
        {
            var atTheirs = new Dictionary<string, string>(_theirs.Ids) { ["tenantId"] = (await _neighbour.Get("tenant/current")).Is(200)["id"].Text() };
            foreach (var (caller, bodies, path) in new[]
            {
                (_mine.Client, new Bodies(_document, _mine.Ids), _mine.Path(operation)),
                (_neighbour, new Bodies(_document, atTheirs), _mine.Path(operation, null, _neighbour.Org)),
            })
            {
                foreach (var (name, id) in usage.Where(each => Guid.TryParse(each.Value, out _)))
                {
                    var answer = await caller.Raw(HttpMethod.Post, path, Bodies.With(bodies.Good(operation), ["id"], Quoted(id, isList: false)));
                    if (answer.Status == 409)
                    {
                        refused.Add(name);
                        words.Add(Names().Replace(answer.Text.Replace(id, "ID", StringComparison.OrdinalIgnoreCase), "NAME"));
                        continue;
                    }

                    // Something of another module has the id: nobody can tell that from one that nobody has.
                    var made = $"{operation.Path[(operation.Path.IndexOf("/nico/", StringComparison.Ordinal) + "/nico/".Length)..]}/{id}";
                    Assert.Equal(id, answer.Is(201)["id"].Text());
                    Assert.True(answer.Json!["statusHistory"]!.AsArray().Count <= 2, answer.ToString());
                    await caller.Delete(made);
                    await Wait.Until(async () => (await caller.Get(made)).Status == 404);
                }
            }
        }

        Assert.Superset(new HashSet<string>(["vpcId", "vpcPrefixId", "subnetId", "ipBlockId", "neighboursBlock"]), refused);
        Assert.True(words.Count == 1, string.Join('\n', words));
        Assert.Equal(before, await Holdings() + await Usage(usage.Values));
    }

    /// <summary>How much of each IP block among these ids is taken.</summary>
    private async Task<string> Usage(IEnumerable<string> ids)
    {
        var all = new List<string>();
        foreach (var id in ids)
        {
            foreach (var caller in new[] { _theirs.Client, _neighbour })
            {
                if (await caller.Get($"ipblock/{id}?includeUsageStats=true") is { Status: 200 } block)
                {
                    all.Add($"{block.Json!["usageStats"]} {block.Json["statusHistory"]}");
                }
            }
        }

        return string.Join('\n', all);
    }

    private static string Quoted(string id, bool isList) => isList ? $"[\"{id}\"]" : $"\"{id}\"";

    /// <summary>An id of the same kind that nothing has.</summary>
    private string Unknown(string name) =>
        Guid.TryParse(_theirs.Ids[name], out _) ? Bodies.UnknownId : _theirs.Ids[name][..^4] + (_theirs.Ids[name].EndsWith("aaaa", StringComparison.Ordinal) ? "bbbb" : "aaaa");

    private string?[] BodiesOf(ApiOperation operation) => operation.Body is null
        ? [null]
        : ["{}", new Bodies(_document, _mine.Ids).Good(operation).ToJsonString(), new Bodies(_document, _mine.Ids).Full(operation).ToJsonString()];

    private static Task<Answer> Send(ApiClient caller, ApiOperation operation, string path, string? body) =>
        body is null ? caller.Send(operation.Method, path) : caller.Raw(operation.Method, path, body);

    private static void Same(Answer none, string unknown, Answer foreign, string id)
    {
        // Names are made anew for every body.
        var one = Names().Replace(none.Text.Replace(unknown, "ID", StringComparison.OrdinalIgnoreCase), "NAME");
        var other = Names().Replace(foreign.Text.Replace(id, "ID", StringComparison.OrdinalIgnoreCase), "NAME");
        Assert.True(none.Status == foreign.Status && one == other, $"unknown: {none}\nforeign: {foreign}");
        Assert.Equal(none.Headers.GetValueOrDefault("X-Pagination"), foreign.Headers.GetValueOrDefault("X-Pagination"));
    }

    /// <summary>All that the other org has, as it sees it.</summary>
    private async Task<string> Holdings()
    {
        var all = new List<string>();
        foreach (var operation in _operations.Where(operation => operation.Method == HttpMethod.Get && !operation.InPath.Any() && operation.Query.Any(q => q["name"].Text() == "pageSize")))
        {
            if (!operation.Id.Contains("audit", StringComparison.Ordinal))
            {
                var answer = await _theirs.Client.Get(_theirs.Path(operation) + "?pageSize=100");
                all.AddRange(answer.Status == 200 ? answer.Items().Select(item => item!.ToJsonString()) : []);
            }
        }

        Assert.True(all.Count > 8);
        return string.Join('\n', all.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"name-\d+")]
    private static partial Regex Names();
}

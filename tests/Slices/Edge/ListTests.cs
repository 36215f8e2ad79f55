using Nico.SharedKernel.Lists;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Paging, ordering and text search. spec/00-conventions.md, sections 5.2, 8 and 15, on the list of sites.</summary>
public sealed class ListTests(TestHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<ApiClient> Sites(params string[] names)
    {
        var (provider, _) = await host.Provider();
        foreach (var name in names)
        {
            (await provider.Post("site", new { name })).Is(201);
        }

        return provider;
    }

    private static string Names(Answer answer) => string.Join(",", answer.Items().Select(site => site!["name"].Text()));

    [Fact]
    public async Task A_page_says_what_it_is_in_a_fixed_order_of_members()
    {
        var client = await Sites("s1", "s2", "s3");
        var answer = await client.Get("site?pageSize=2&orderBy=NAME_DESC");
        Assert.Equal("""{"pageNumber":1,"pageSize":2,"total":3,"orderBy":"NAME_DESC"}""", answer.Headers["X-Pagination"]);
        Assert.Equal("s3,s2", Names(answer));
        Assert.Equal("s1", Names(await client.Get("site?pageSize=2&pageNumber=2&orderBy=NAME_DESC")));
        var beyond = await client.Get("site?pageNumber=21474836&pageSize=100");
        Assert.Equal("[]", beyond.Text.Trim());
        Assert.Equal("""{"pageNumber":21474836,"pageSize":100,"total":3,"orderBy":null}""", beyond.Headers["X-Pagination"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?pageNumber=&pageSize=")]
    [InlineData("?pageNumber=0&pageSize=0")]
    [InlineData("?PAGENUMBER=1&PageSize=20")]
    [InlineData("?pageNumber=1&pageNumber=x&unknown=%00&PAGEsize=20")]
    [InlineData("?query=%20%20%20")]
    public async Task What_is_not_asked_for_has_its_default(string query)
    {
        var client = await Sites("s1", "s2");
        var answer = await client.Get("site" + query);
        Assert.Equal("""{"pageNumber":1,"pageSize":20,"total":2,"orderBy":null}""", answer.Headers["X-Pagination"]);
        Assert.Equal("s1,s2", Names(answer));
    }

    [Theory]
    [InlineData("pageNumber=-1", "PageNumber")]
    [InlineData("pageNumber=x", "PageNumber")]
    [InlineData("pageNumber=1.5", "PageNumber")]
    [InlineData("pageNumber=99999999999", "PageNumber")]
    [InlineData("pageNumber=2147483647", "PageNumber")]
    [InlineData("pageNumber=21474837", "PageNumber")]
    [InlineData("pageSize=101", "PageSize")]
    [InlineData("pageSize=-1", "PageSize")]
    [InlineData("pageSize=abc", "PageSize")]
    [InlineData("orderBy=", "OrderByStr")]
    [InlineData("orderBy=name_asc", "OrderByStr")]
    [InlineData("orderBy=NAME", "OrderByStr")]
    [InlineData("orderBy=NAME_UP", "OrderByStr")]
    [InlineData("orderBy=ID_ASC", "OrderByStr")]
    [InlineData("orderBy=NAME_ASC%2CSTATUS_ASC", "OrderByStr")]
    [InlineData("orderBy=NAME_ASC%3B%20drop%20table%20hardware.site", "OrderByStr")]
    [InlineData("pageNumber=-1&pageSize=x&orderBy=", "PageNumber", "PageSize", "OrderByStr")]
    [InlineData("includeRelation=Nope", "includeRelation")]
    [InlineData("status=Nope", "status")]
    [InlineData("status=", "status")]
    public async Task What_is_wrong_is_named(string query, params string[] fields) =>
        (await (await Sites()).Get("site?" + query)).Fails(400, fields);

    [Theory]
    [InlineData("D", 404)]
    [InlineData("B", 404)]
    [InlineData("N", 404)]
    [InlineData("urn", 404)]
    [InlineData("upper", 404)]
    [InlineData("P", 400)]
    [InlineData("X", 400)]
    [InlineData("blank", 400)]
    [InlineData("short", 400)]
    public async Task A_uuid_in_a_path_or_a_query_has_several_forms(string form, int status)
    {
        var id = Guid.NewGuid();
        var text = form switch
        {
            "urn" => $"URN:uuid:{id}",
            "upper" => id.ToString().ToUpperInvariant(),
            "blank" => $"{id} ",
            "short" => id.ToString()[1..],
            _ => id.ToString(form),
        };
        var (tenant, _) = await host.Tenant();
        (await tenant.Get($"site/{Uri.EscapeDataString(text)}")).Is(status);
    }

    [Fact]
    public async Task Every_order_of_every_list_works()
    {
        var account = await host.ServiceAccount();
        var site = (await account.Client.Post("site", new { name = "site" })).Is(201)["id"].Text();
        var checkedOrders = 0;
        foreach (var operation in OpenApi.Operations(await OpenApi.Document(host)).Where(o => o.Method == HttpMethod.Get && !o.InPath.Any()))
        {
            var orders = operation.Query.FirstOrDefault(parameter => parameter["name"].Text() == "orderBy")?["schema"]?["enum"]?.AsArray();
            foreach (var order in orders ?? [])
            {
                var path = operation.Path.Replace("{org}", account.Org, StringComparison.Ordinal).Replace("{siteId}", site, StringComparison.Ordinal);

                // A list of accounts is asked for from one of its sides.
                var side = operation.Path.EndsWith("/tenant/account", StringComparison.Ordinal) ? $"&tenantId={account.TenantId}" : "";
                var answer = await account.Client.Get($"{path}?orderBy={order}{side}");
                Assert.True(answer.Status == 200 && answer.Pagination["orderBy"].Text() == order.Text(), answer.ToString());
                checkedOrders++;
            }
        }

        Assert.True(checkedOrders > 60, $"{checkedOrders} orders");
    }

    [Theory]
    [InlineData("frankfurt", "Frankfurt lab,North-7 100%_done")]
    [InlineData("FRANK", "Frankfurt lab,North-7 100%_done")]
    [InlineData("labs", "Frankfurt lab,Oslo lab")]
    [InlineData("oslo paris", "Oslo lab,Paris")]
    [InlineData("oslo | paris", "Oslo lab,Paris")]
    [InlineData("oslo & lab", "Oslo lab")]
    [InlineData("oslo & paris", "")]
    [InlineData("frankfurt & lab | paris", "Frankfurt lab,Paris")]
    [InlineData("nowhere", "")]
    [InlineData("100%", "North-7 100%_done")]
    [InlineData("%", "North-7 100%_done")]
    [InlineData("_", "North-7 100%_done")]
    [InlineData("th-7", "North-7 100%_done")]
    [InlineData("| oslo", "Oslo lab")]
    [InlineData("oslo |", "Oslo lab")]
    [InlineData("oslo || paris", "Oslo lab,Paris")]
    [InlineData("oslo & & lab", "Frankfurt lab,Oslo lab")]
    [InlineData("! oslo", "Oslo lab")]
    [InlineData("!oslo", "Oslo lab")]
    [InlineData("a4:5d:36:00:11:22", "Paris")]
    [InlineData("\\", "")]
    [InlineData("'", "")]
    [InlineData("oslo\\", "Oslo lab")]
    [InlineData("(oslo", "Oslo lab")]
    [InlineData("oslo:*", "Oslo lab")]
    [InlineData("a <-> b", "")]
    [InlineData("'; drop table hardware.site; --", "")]
    [InlineData("the", "")]
    [InlineData("&", "")]
    public async Task Search_finds_words_and_parts_and_never_fails(string query, string expected)
    {
        var client = await Sites("Oslo lab", "North-7 100%_done", "Frankfurt lab", "Paris");
        var sites = (await client.Get("site")).Items();
        await using (var describe = host.Database.CreateCommand("update hardware.site set description = $2 where id = $1"))
        {
            describe.Parameters.Add(new NpgsqlParameter { Value = sites[1]!["id"].Id() });
            describe.Parameters.Add(new NpgsqlParameter { Value = "replaces Frankfurt" });
            await describe.ExecuteNonQueryAsync(Stop);
        }

        await using (var describe = host.Database.CreateCommand("update hardware.site set description = $2 where id = $1"))
        {
            describe.Parameters.Add(new NpgsqlParameter { Value = sites[3]!["id"].Id() });
            describe.Parameters.Add(new NpgsqlParameter { Value = "uplink a4:5d:36:00:11:22" });
            await describe.ExecuteNonQueryAsync(Stop);
        }

        var answer = await client.Get($"site?orderBy=NAME_ASC&query={Uri.EscapeDataString("  " + query + " ")}");
        Assert.Equal(expected, Names(answer));
        Assert.Equal(answer.Items().Count, answer.Total);
        Assert.Equal("", Names(await client.Get($"site?query={Uri.EscapeDataString(query)}&status=Registered")));
    }

    [Fact]
    public async Task The_longest_words_are_searched_for_too()
    {
        var client = await Sites("Oslo lab");
        var word = new string('x', 5000);
        Assert.Equal("", Names(await client.Get("site?query=" + word)));
        Assert.Equal("Oslo lab", Names(await client.Get($"site?query={word}%20oslo")));
        Assert.Equal("Oslo lab", Names(await client.Get("site?query=" + string.Join("%20", Enumerable.Repeat("oslo", 1000)))));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(" \t ", null, null)]
    [InlineData("\0", null, null)]
    [InlineData("a b", "'a' | 'b'", "%a b%")]
    [InlineData("a & b", "'a' & 'b'", "%a & b%")]
    [InlineData("a | b c", "'a' | '|' | 'b' | 'c'", "%a | b c%")]
    [InlineData("a|b", "'a|b'", "%a|b%")]
    [InlineData("it's 5%", "'it''s' | '5%'", @"%it's 5\%%")]
    [InlineData(@"c:\dir_x", @"'c:\\dir_x'", @"%c:\\dir\_x%")]
    [InlineData("a\0b", "'ab'", "%ab%")]
    public void A_query_becomes_words_and_a_pattern(string? query, string? words, string? like)
    {
        var search = TextSearch.For(query);
        Assert.Equal(words, search.Words);
        Assert.Equal(like, search.Like);
    }

    [Fact]
    public void Words_are_cut_between_characters()
    {
        var words = TextSearch.For(string.Concat(Enumerable.Repeat("😀", 600))).Words!;
        Assert.True(System.Text.Encoding.UTF8.GetByteCount(words) <= 2002);
        Assert.Equal(500, words.EnumerateRunes().Count(rune => rune.Value == 0x1F600));
    }
}

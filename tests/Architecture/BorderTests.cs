using System.Reflection;
using System.Text.RegularExpressions;
using NetArchTest.Rules;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>Modules see each other's Contracts only, and name their own schema only.</summary>
public sealed partial class BorderTests
{
    private static readonly string[] _modules = ["Identity", "Networking", "Compute", "Hardware", "Audit"];
    private static readonly string[] _schemas = ["identity", "networking", "compute", "hardware", "audit", "sitelink"];

    public static TheoryData<string> Modules => [.. _modules];

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_module_depends_on_no_other_modules_inside(string module)
    {
        var assembly = Assembly.Load("Nico." + module);
        var others = _modules.Where(other => other != module).Select(other => "Nico." + other).ToArray();

        Assert.Empty(assembly.GetReferencedAssemblies().Select(name => name.Name).Intersect(others));
        Assert.Empty(assembly.GetReferencedAssemblies().Select(name => name.Name).Intersect(["nico", "Nico.SiteSimulator"]));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Contracts_depend_on_no_module_and_not_on_the_site_link(string module)
    {
        var references = Assembly.Load($"Nico.{module}.Contracts").GetReferencedAssemblies().Select(name => name.Name).ToArray();

        Assert.DoesNotContain("Nico.SiteLink", references);
        Assert.Empty(references.Intersect(_modules.Select(other => "Nico." + other)));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Handlers_are_internal_and_sealed(string module)
    {
        var result = Types.InAssembly(Assembly.Load("Nico." + module))
            .That().HaveNameEndingWith("Handler", StringComparison.Ordinal).And().AreClasses()
            .Should().NotBePublic().And().BeSealed()
            .GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Fact]
    public void The_kernel_the_link_and_the_simulator_know_no_module()
    {
        foreach (var name in new[] { "Nico.SharedKernel", "Nico.SiteLink", "Nico.SiteSimulator" })
        {
            Assert.DoesNotContain(Assembly.Load(name).GetReferencedAssemblies(), a => _modules.Any(m => a.Name!.StartsWith("Nico." + m, StringComparison.Ordinal)));
        }

        Assert.DoesNotContain("Nico.SiteLink", Assembly.Load("Nico.SiteSimulator").GetReferencedAssemblies().Select(a => a.Name));
    }

    public static TheoryData<string, string> SourcesWithTheirSchema =>
    [
        .. _modules.Select(module => ($"src/Modules/{module}", module.ToLowerInvariant())),
        ("src/SiteLink", "sitelink"),
        .. _schemas.Where(schema => Directory.Exists(Path.Combine(Repository.Root, "db/migrations", schema))).Select(schema => ($"db/migrations/{schema}", schema)),
    ];

    [Theory]
    [MemberData(nameof(SourcesWithTheirSchema))]
    public void Sql_names_its_own_schema_only(string folder, string schema)
    {
        var strangers = _schemas.Where(other => other != schema).ToArray();
        var violations = Repository.Files(folder, ".sql").Concat(Repository.Files(folder, ".cs"))
            .SelectMany(file => Statements(file).Where(text => strangers.Any(other => Regex.IsMatch(text, $@"\b{other}\.[a-z_]+"))).Select(text => $"{file}: {text.Trim()}"));

        Assert.Empty(violations);
    }

    /// <summary>Statements that all kinds at sites share get their table from the kind.</summary>
    [Fact]
    public void A_kind_at_sites_has_a_table_of_its_own_module()
    {
        var tables = _modules.SelectMany(module => Repository.Files($"src/Modules/{module}", ".cs")
            .SelectMany(file => KindsTable().Matches(File.ReadAllText(file)).Select(match => (Module: module, Table: match.Groups["table"].Value)))).ToArray();

        Assert.True(tables.Length >= 5);
        Assert.All(tables, one => Assert.StartsWith(one.Module.ToLowerInvariant() + ".", one.Table, StringComparison.Ordinal));
    }

    [GeneratedRegex("override string Table => \"(?<table>[^\"]+)\"")]
    private static partial Regex KindsTable();

    [Fact]
    public void Sql_files_say_first_what_they_return()
    {
        var silent = Repository.Files("src", ".sql").Where(file => !File.ReadLines(file).First().StartsWith("-- ", StringComparison.Ordinal));

        Assert.Empty(silent);
    }

    /// <summary>
    /// An update that waits for another transaction goes on with the row as that left it, but with what it had read of it elsewhere:
    /// what it sets by that is lost or wrong.
    /// </summary>
    [Fact]
    public void Sql_sets_nothing_by_what_it_has_read_without_a_lock()
    {
        var unlocked = Repository.Files("src", ".sql").Concat(Repository.Files("src", ".cs"))
            .SelectMany(file => SelfJoinedUpdate().Matches(File.ReadAllText(file)).Select(match => $"{file}: {match.Value}"));
        Assert.Empty(unlocked);
    }

    [GeneratedRegex(@"\bset\s(?:(?!\bfrom\b)[^;])*?\b(?<alias>\w+)\.[^;]*?\n\s*(from\s|\w)[^;]*?(\w+\.\w+|\{table\}) as \k<alias>\s*\n", RegexOptions.CultureInvariant)]
    private static partial Regex SelfJoinedUpdate();

    /// <summary>Connections go from one request to the next as they are.</summary>
    [Fact]
    public void Sql_keeps_nothing_in_the_session()
    {
        var kept = new[] { "src/Modules", "src/SiteLink", "src/SharedKernel" }
            .SelectMany(folder => Repository.Files(folder, ".sql").Concat(Repository.Files(folder, ".cs")))
            .SelectMany(file => Statements(file).Where(text => SessionState().IsMatch(text)).Select(text => $"{file}: {text.Trim()}"));
        Assert.Empty(kept);
    }

    [GeneratedRegex(@"pg_(try_)?advisory_lock|set_config|\bcreate\s+temp|\blisten\s|\bset\s+(session|role|time\s+zone|search_path)|\bdeclare\s", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SessionState();

    /// <summary>A .sql file line by line; of a .cs file the string literals that look like SQL.</summary>
    private static IEnumerable<string> Statements(string file) => file.EndsWith(".sql", StringComparison.Ordinal)
        ? File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal))
        : SqlLiteral().Matches(File.ReadAllText(file)).Select(match => match.Value);

    [GeneratedRegex("\"+[^\"]*\\b(select|insert into|update|delete from|from|join)\\b[^\"]*\"+", RegexOptions.Singleline)]
    private static partial Regex SqlLiteral();
}

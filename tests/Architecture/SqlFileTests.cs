using System.Text.RegularExpressions;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>Where SQL files are, and who runs them.</summary>
public sealed partial class SqlFileTests
{
    /// <summary>Numbers that were given twice before there was a test: migrations that ran are never renamed.</summary>
    private static readonly HashSet<string> _twice = ["compute/0005", "compute/0007", "networking/0003", "sitelink/0002"];

    [Fact]
    public void A_slice_runs_no_SQL_of_another()
    {
        var sources = Repository.Files("src", ".cs").Select(file => (Folder: Path.GetDirectoryName(file)!, File: file, Text: File.ReadAllText(file))).ToArray();
        var declared = sources
            .SelectMany(source => Declaration().Matches(source.Text).Select(match => (Name: match.Groups[1].Value, source.Folder)))
            .ToLookup(type => type.Name, type => type.Folder);
        var elsewhere = sources.SelectMany(source => Use().Matches(source.Text)
            .Select(match => match.Groups[1].Value.Split('.')[^1])
            .Where(type => !declared[type].Contains(source.Folder))
            .Select(type => $"{Path.GetRelativePath(Repository.Root, source.File)} runs SQL of {type}"));
        Assert.Empty(elsewhere);
    }

    [Fact]
    public void Migrations_of_a_schema_have_numbers_of_their_own()
    {
        var twice = Repository.Files(Path.Combine("db", "migrations"), ".sql")
            .GroupBy(file => $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)[..4]}")
            .Where(number => number.Count() > 1)
            .Select(number => number.Key)
            .ToHashSet();
        Assert.Equal(_twice, twice);
    }

    [GeneratedRegex(@"\b(?:class|record|interface|struct) (\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\bSql\.Of<([\w.]+)>")]
    private static partial Regex Use();
}

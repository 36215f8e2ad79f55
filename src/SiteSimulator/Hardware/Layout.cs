namespace Nico.SiteSimulator.Hardware;

/// <summary>Which models a site has, and how many hosts of each.</summary>
internal static class Layout
{
    /// <summary>A believable mix of exactly <paramref name="hosts"/> hosts: whole GB200 NVL72 racks first, DGX H100 after them,
    /// other models only at a large site.</summary>
    public static IReadOnlyList<(Profile Profile, int Count)> For(int hosts)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hosts);
        var perRack = Profiles.Gb200.HostsPerRack;
        if (hosts < 100)
        {
            var trays = hosts >= perRack ? perRack * Math.Max(1, hosts / (2 * perRack)) : (hosts + 1) / 2;
            return Drop([(Profiles.Gb200, trays), (Profiles.DgxH100, hosts - trays)]);
        }

        var racked = hosts * 72 / 100 / perRack * perRack;
        var cpu = hosts * 8 / 100;
        var b200 = hosts * 2 / 100;
        var nvl = hosts * 2 / 100;
        return
        [
            (Profiles.Gb200, racked),
            (Profiles.DgxH100, hosts - racked - cpu - b200 - nvl),
            (Profiles.R750, cpu),
            (Profiles.DgxB200, b200),
            (Profiles.H100Nvl, nvl),
        ];
    }

    /// <summary>Reads <c>gb200=18,dgx-h100=4,r750=4,h100-nvl=2</c>.</summary>
    public static IReadOnlyList<(Profile Profile, int Count)> Parse(string text)
    {
        var layout = new List<(Profile, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', StringSplitOptions.TrimEntries);
            var profile = Profiles.All.FirstOrDefault(profile => profile.Name == pair[0]);
            if (profile is null || pair.Length != 2 || !int.TryParse(pair[1], out var count) || count < 0 || layout.Any(p => p.Item1 == profile))
            {
                throw new ArgumentException(
                    $"\"{part}\" is not MODEL=COUNT with a model of {string.Join(", ", Profiles.All.Select(p => p.Name))}, each once.", nameof(text));
            }

            layout.Add((profile, count));
        }

        return Drop(layout);
    }

    private static List<(Profile, int)> Drop(IEnumerable<(Profile Profile, int Count)> layout) => [.. layout.Where(part => part.Count > 0)];
}

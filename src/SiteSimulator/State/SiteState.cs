namespace Nico.SiteSimulator.State;

/// <summary>Every object of a site in memory, and which of them changed since the last <see cref="TakeChanges"/>. Guarded by the site's lock.</summary>
internal sealed class SiteState
{
    private readonly HashSet<(Kind Kind, string Id)> _touched = [];

    public SiteState()
    {
        Tenants = new(this, Kind.Tenant, record => record.Id, record => new Change { Tenant = record });
        Vpcs = new(this, Kind.Vpc, record => record.Id, record => new Change { Vpc = record });
        Prefixes = new(this, Kind.Prefix, record => record.Id, record => new Change { Prefix = record });
        Segments = new(this, Kind.Segment, record => record.Id, record => new Change { Segment = record });
        Instances = new(this, Kind.Instance, record => record.Id, record => new Change { Instance = record });
        Machines = new(this, Kind.Machine, record => record.Id, record => new Change { Machine = record });
        Faults = new(this, Kind.Fault, record => record.Id, record => new Change { Fault = record });
        Images = new(this, Kind.Image, record => record.Id, record => new Change { Image = record });
        InstanceTypes = new(this, Kind.InstanceType, record => record.Id, record => new Change { InstanceType = record });
        Tables = [Tenants, Vpcs, Prefixes, Segments, Instances, Machines, Faults, Images, InstanceTypes];
    }

    /// <summary>The site itself; null before its first start.</summary>
    public SiteRecord? Site { get; private set; }

    public Table<TenantRecord> Tenants { get; }

    public Table<VpcRecord> Vpcs { get; }

    public Table<PrefixRecord> Prefixes { get; }

    public Table<SegmentRecord> Segments { get; }

    public Table<InstanceRecord> Instances { get; }

    /// <summary>Only machines that are not as they were built.</summary>
    public Table<MachineRecord> Machines { get; }

    public Table<FaultRecord> Faults { get; }

    public Table<ImageRecord> Images { get; }

    public Table<InstanceTypeRecord> InstanceTypes { get; }

    private IReadOnlyList<ITable> Tables { get; }

    public void Found(SiteRecord site)
    {
        Site = site;
        _touched.Add((Kind.None, ""));
    }

    /// <summary>The changes since the last call, or null when there were none.</summary>
    public Changes? TakeChanges()
    {
        if (_touched.Count == 0)
        {
            return null;
        }

        var changes = new Changes();
        changes.Changes_.AddRange(_touched.Select(touched => touched.Kind == Kind.None
            ? new Change { Site = Site }
            : Tables[(int)touched.Kind - 1].Change(touched.Id)));
        _touched.Clear();
        return changes;
    }

    /// <summary>For a site that is kept in memory only.</summary>
    public void ForgetChanges() => _touched.Clear();

    /// <summary>Takes over what was read from disk.</summary>
    public void Apply(Changes changes)
    {
        foreach (var change in changes.Changes_)
        {
            switch (change.WhatCase)
            {
                case Change.WhatOneofCase.Site: Site = change.Site; break;
                case Change.WhatOneofCase.Tenant: Tenants.Load(change.Tenant); break;
                case Change.WhatOneofCase.Vpc: Vpcs.Load(change.Vpc); break;
                case Change.WhatOneofCase.Prefix: Prefixes.Load(change.Prefix); break;
                case Change.WhatOneofCase.Segment: Segments.Load(change.Segment); break;
                case Change.WhatOneofCase.Instance: Instances.Load(change.Instance); break;
                case Change.WhatOneofCase.Machine: Machines.Load(change.Machine); break;
                case Change.WhatOneofCase.Fault: Faults.Load(change.Fault); break;
                case Change.WhatOneofCase.Image: Images.Load(change.Image); break;
                case Change.WhatOneofCase.InstanceType: InstanceTypes.Load(change.InstanceType); break;
                case Change.WhatOneofCase.Gone: Tables[(int)change.Gone.Kind - 1].Unload(change.Gone.Id); break;
                case Change.WhatOneofCase.None: throw new InvalidDataException("The journal holds a change that this version does not know.");
            }
        }
    }

    /// <summary>Everything, in parts of a thousand objects.</summary>
    public IEnumerable<Changes> Everything()
    {
        var all = Tables.SelectMany(table => table.All());
        if (Site is not null)
        {
            all = all.Prepend(new Change { Site = Site });
        }

        foreach (var part in all.Chunk(1000))
        {
            yield return new Changes { Changes_ = { part } };
        }
    }

    internal void Touch(Kind kind, string id) => _touched.Add((kind, id));
}

internal interface ITable
{
    Change Change(string id);

    IEnumerable<Change> All();

    void Unload(string id);
}

/// <summary>The objects of one kind. A record is changed in place and then <see cref="Put"/>.</summary>
internal sealed class Table<T>(SiteState owner, Kind kind, Func<T, string> id, Func<T, Change> wrap) : ITable
    where T : class
{
    private readonly Dictionary<string, T> _records = [];

    public int Count => _records.Count;

    public IReadOnlyCollection<T> Values => _records.Values;

    public T? Find(string id) => _records.GetValueOrDefault(id);

    public void Put(T record)
    {
        _records[id(record)] = record;
        owner.Touch(kind, id(record));
    }

    public void Remove(string id)
    {
        if (_records.Remove(id))
        {
            owner.Touch(kind, id);
        }
    }

    public void Load(T record) => _records[id(record)] = record;

    public void Unload(string id) => _records.Remove(id);

    public Change Change(string id) =>
        _records.TryGetValue(id, out var record) ? wrap(record) : new Change { Gone = new Gone { Kind = kind, Id = id } };

    public IEnumerable<Change> All() => _records.Values.Select(wrap);
}

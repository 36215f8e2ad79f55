using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class OsImageTests
{
    [Fact]
    public async Task An_image_is_fetched_and_then_ready()
    {
        await using var site = await Start();
        var image = await site.Core.CreateOsImageAsync(Image());
        Assert.Equal(OsImageStatus.ImageUninitialized, image.Status);
        site.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(OsImageStatus.ImageInProgress, (await Listed(site)).Status);
        await Refused(StatusCode.FailedPrecondition, site.Core.DeleteOsImageAsync(Removal(image)));
        site.Clock.Advance(TimeSpan.FromMinutes(5));
        var ready = await Listed(site);
        Assert.Equal(OsImageStatus.ImageReady, ready.Status);
        Assert.NotEqual(ready.CreatedAt, ready.ModifiedAt);
        Assert.Equal("Basic", ready.Attributes.AuthType);
        Assert.False(ready.Attributes.HasAuthToken);
        Assert.True(site.Site.HasToken(image.Attributes.Id.Value, "user:pass"));

        var renamed = image.Attributes.Clone();
        (renamed.Name, renamed.AuthToken) = ("renamed", "user:pass");
        Assert.Equal(OsImageStatus.ImageReady, (await site.Core.UpdateOsImageAsync(renamed)).Status);
        renamed.Digest = "ff";
        Assert.Equal(OsImageStatus.ImageUninitialized, (await site.Core.UpdateOsImageAsync(renamed)).Status);
        site.Clock.Advance(TimeSpan.FromMinutes(6));
        await site.Core.DeleteOsImageAsync(Removal(image));
        Assert.Empty((await site.Core.ListOsImageAsync(new())).Images);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        await using var site = await Start(options => options with { Speed = double.PositiveInfinity });
        foreach (var spoil in new Action<OsImageAttributes>[] { image => image.SourceUrl = "", image => image.Digest = "", image => image.TenantOrganizationId = "", image => image.Id.Value = "x" })
        {
            var wrong = Image();
            spoil(wrong);
            await Refused(StatusCode.InvalidArgument, site.Core.CreateOsImageAsync(wrong));
        }

        var image = await site.Core.CreateOsImageAsync(Image());
        Assert.Equal(OsImageStatus.ImageReady, image.Status);
        await Refused(StatusCode.Internal, site.Core.CreateOsImageAsync(image.Attributes));
        var other = image.Attributes.Clone();
        other.TenantOrganizationId = "others";
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateOsImageAsync(other));
        await Refused(StatusCode.InvalidArgument, site.Core.DeleteOsImageAsync(new() { Id = image.Attributes.Id, TenantOrganizationId = "others" }));
        await Refused(StatusCode.NotFound, site.Core.UpdateOsImageAsync(Image()));
        await Refused(StatusCode.Internal, site.Core.DeleteOsImageAsync(new() { Id = new() { Value = Guid.NewGuid().ToString() }, TenantOrganizationId = Org }));
        Assert.Empty((await site.Core.ListOsImageAsync(new() { TenantOrganizationId = "others" })).Images);
    }

    [Fact]
    public async Task Faults_make_it_fail_hide_it_and_make_others_up()
    {
        await using var site = await Start(options => options with { Speed = double.PositiveInfinity });
        site.Site.Faults.Add(new Fault { Kind = FaultKind.ImageFails, Count = 1, Message = "no space" });
        var failed = await site.Core.CreateOsImageAsync(Image());
        Assert.Equal((OsImageStatus.ImageFailed, "no space"), (failed.Status, failed.StatusMessage));
        Assert.Equal(OsImageStatus.ImageReady, (await site.Core.UpdateOsImageAsync(failed.Attributes)).Status);
        var lost = site.Site.Faults.Add(Fault.Lose("os-image", failed.Attributes.Id.Value));
        Assert.Empty((await site.Core.ListOsImageAsync(new())).Images);
        site.Site.Faults.Remove(lost.Id);
        var strange = site.Site.Faults.Add(new Fault { Kind = FaultKind.ObjectAppears, Resource = "os-image" });
        Assert.Equal(2, (await site.Core.ListOsImageAsync(new())).Images.Count);
        site.Site.Faults.Remove(strange.Id);
        site.Site.Faults.Add(new Fault { Kind = FaultKind.DuplicateIds, Resource = "os-image" });
        site.Site.Faults.Add(new Fault { Kind = FaultKind.UnknownIds, Resource = "os-image" });
        Assert.Equal(3, (await site.Core.ListOsImageAsync(new())).Images.Count);
        site.Site.Faults.Clear();
        site.Site.Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "os-image", Target = failed.Attributes.Id.Value, Name = "by hand" });
        Assert.Equal("by hand", (await Listed(site)).Attributes.Name);
    }

    [Fact]
    public async Task Images_are_there_after_a_crash_and_go_on()
    {
        var folder = Directory.CreateTempSubdirectory("nico-images-").FullName;
        var clock = new FakeTimeProvider(Noon);
        string id;
        await using (var site = await Start(options => options with { StateFolder = folder }, clock))
        {
            id = (await site.Core.CreateOsImageAsync(Image())).Attributes.Id.Value;
            await site.Site.Kill();
        }

        clock.Advance(TimeSpan.FromMinutes(6));
        await using (var again = await Start(options => options with { StateFolder = folder }, clock))
        {
            var image = await Listed(again);
            Assert.Equal((id, OsImageStatus.ImageReady), (image.Attributes.Id.Value, image.Status));
            Assert.True(again.Site.HasToken(id, "user:pass"));
        }

        Assert.DoesNotContain("user:pass", string.Concat(Directory.EnumerateFiles(folder, "journal-*").Select(File.ReadAllText)));
        Directory.Delete(folder, recursive: true);
    }

    private static OsImageAttributes Image() => new()
    {
        Id = new() { Value = Guid.NewGuid().ToString() },
        SourceUrl = "http://images.example/os.qcow2",
        Digest = "00ff",
        TenantOrganizationId = Org,
        Name = "an image",
        AuthType = "Basic",
        AuthToken = "user:pass",
    };

    private static DeleteOsImageRequest Removal(OsImage image) => new() { Id = image.Attributes.Id, TenantOrganizationId = Org };

    private static async Task<OsImage> Listed(TestSite site) => Assert.Single((await site.Core.ListOsImageAsync(new())).Images);
}

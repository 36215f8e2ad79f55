Console.WriteLine("nico");
